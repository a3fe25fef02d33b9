-- deployments that begin by themselves; one of a target waits at a time, so that none makes another one stale
create table scheduled (
  id text primary key not null,
  service text not null,
  environment text not null,
  version text not null,
  plan text not null,
  by text not null,
  reason text not null,
  at integer not null,
  due integer not null,
  lapses integer not null,
  waiting integer not null,
  state text not null
) strict, without rowid;
create unique index scheduled_waiting on scheduled (service, environment) where waiting;
create index scheduled_newest on scheduled (at desc);
