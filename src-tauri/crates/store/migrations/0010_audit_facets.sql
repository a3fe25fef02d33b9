-- counts by actor, action and environment together, so that any filter of these is counted by adding up
drop table audit_count;
create table audit_facet (
  actor text not null,
  action text not null,
  environment text not null,
  milestone integer not null,
  entries integer not null,
  primary key (actor, action, environment)
) strict, without rowid;
insert into audit_facet (actor, action, environment, milestone, entries)
select actor, action, coalesce(environment, ''), milestone, count(*) from audit group by 1, 2, 3, 4;
create index audit_facets on audit (actor, action, environment, seq);
