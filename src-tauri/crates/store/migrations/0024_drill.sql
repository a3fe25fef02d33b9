-- rehearsed ways back; what one that is not cleared deployed may still be in the world
create table drill (
  id text primary key,
  service text not null,
  environment text not null,
  content text not null,
  outcome text,
  cleared integer not null default 0,
  at integer not null
) strict, without rowid;
create index drill_of_target on drill (service, environment, at desc);
create index drill_open on drill (id) where cleared = 0;
