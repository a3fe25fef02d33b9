-- every tick of a checklist and every one taken back; the last of an item counts, all of them are kept
create table tick (
  service text not null,
  environment text not null,
  version text not null,
  item text not null,
  seq integer not null,
  ticked integer not null,
  question text not null,
  note text not null,
  by text not null,
  at integer not null,
  primary key (service, environment, version, item, seq)
) strict, without rowid;
create trigger tick_no_update before update on tick begin select raise(abort, 'tick is append-only'); end;
create trigger tick_no_delete before delete on tick begin select raise(abort, 'tick is append-only'); end;
