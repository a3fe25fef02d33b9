-- deployments and their journals; state, ended and turned are caches of the fold over `event`
create table deployment (
  id text primary key not null,
  service text not null,
  environment text not null,
  kind text not null,
  revision integer not null,
  from_revision integer,
  version text not null,
  from_version text,
  reason text not null,
  by text not null,
  plan text not null,
  state text not null,
  state_name text not null,
  started integer not null,
  ended integer,
  turned integer,
  foreign key (service, environment, revision) references revision (service, environment, revision)
) strict;
create unique index deployment_one_unfinished on deployment (service, environment) where ended is null;
create index deployment_newest on deployment (service, environment, started desc, id desc);
create index deployment_durations on deployment (service, environment, kind, ended desc) where state_name = 'succeeded';

create table event (
  deployment text not null references deployment (id),
  seq integer not null,
  at integer not null,
  event text not null,
  primary key (deployment, seq)
) strict, without rowid;

-- what people asked of a running deployment; the first of each kind counts
create table request (
  deployment text not null references deployment (id),
  kind text not null check (kind in ('abort', 'confirm')),
  by text not null,
  reason text not null,
  at integer not null,
  primary key (deployment, kind)
) strict, without rowid;

-- plans that people are looking at
create table proposal (
  hash text primary key not null,
  plan text not null,
  at integer not null
) strict;
