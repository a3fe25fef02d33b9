-- what runs where, as recorded at the last commit, and every content a target ever had
create table target (
  service text not null,
  environment text not null,
  revision integer,
  version text,
  workload text,
  instances text not null default '[]',
  kept text not null default '[]',
  arrived_at integer,
  arrived_by text,
  deployments integer not null default 0,
  undone integer not null default 0,
  rollbacks integer not null default 0,
  primary key (service, environment)
) strict, without rowid;

create table revision (
  service text not null,
  environment text not null,
  revision integer not null,
  version text not null,
  workload text not null,
  digest text not null,
  primary key (service, environment, revision),
  foreign key (service, environment) references target (service, environment)
) strict;

-- a revision was current: apart from `revision`, because that table is never updated
create table arrival (
  service text not null,
  environment text not null,
  revision integer not null,
  at integer not null,
  deployment text not null primary key,
  foreign key (service, environment, revision) references revision (service, environment, revision)
) strict;
create index arrival_of on arrival (service, environment, revision);
