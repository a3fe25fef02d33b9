-- release trains with the plans of their cars, and their journals; state and ended are caches of the fold over the latter
create table train (
  id text primary key not null,
  short text not null,
  environment text not null,
  cars text not null,
  by text not null,
  reason text not null,
  state text not null,
  at integer not null,
  ended integer,
  abort text
) strict, without rowid;
create index train_newest on train (at desc, id desc);
create index train_short on train (short);
create index train_open on train (at) where ended is null;

-- what a train moves; one that has not ended moves a target alone
create table train_car (
  train text not null references train (id),
  service text not null,
  environment text not null,
  open integer not null,
  primary key (train, service)
) strict, without rowid;
create unique index train_car_open on train_car (service, environment) where open;

create table train_event (
  train text not null references train (id),
  seq integer not null,
  at integer not null,
  event text not null,
  primary key (train, seq)
) strict, without rowid;
create trigger train_event_no_update before update on train_event begin select raise(abort, 'train_event is append-only'); end;
create trigger train_event_no_delete before delete on train_event begin select raise(abort, 'train_event is append-only'); end;
