-- a change of the policy is passed as a deployment is, and stays red as that does; it has no target and no version
create table override_grant_new (
  id text primary key not null,
  service text,
  environment text,
  version text,
  by text not null,
  reason text not null,
  risk text not null,
  task text not null,
  at integer not null,
  until integer,
  let_through text not null,
  followed_up integer,
  followed_up_by text,
  followed_up_note text
) strict, without rowid;
insert into override_grant_new select * from override_grant;
drop table override_grant;
alter table override_grant_new rename to override_grant;
create index override_grant_newest on override_grant (at desc);
create index override_grant_open on override_grant (at desc) where followed_up is null;
