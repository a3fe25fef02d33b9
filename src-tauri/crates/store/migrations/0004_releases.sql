-- releases, the policy's versions, references to secrets, and what holds deployments back
create table release (
  id integer primary key,
  service text not null,
  version text not null,
  content text not null,
  digest text not null,
  added_at integer not null,
  unique (service, version)
) strict;
create index release_newest on release (service, added_at desc, id desc);

create table policy (
  id integer primary key,
  document text not null,
  at integer not null
) strict;

create table secret_ref (
  name text primary key not null,
  fingerprint text not null,
  set_at integer not null
) strict;

create table quarantine (
  service text not null,
  version text not null,
  since integer not null,
  why text not null,
  primary key (service, version)
) strict, without rowid;

create table pause (
  service text not null,
  environment text not null,
  since integer not null,
  by text not null,
  why text not null,
  primary key (service, environment)
) strict, without rowid;
