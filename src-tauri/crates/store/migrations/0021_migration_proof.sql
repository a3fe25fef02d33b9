-- proofs of migrations; the key holds the checksums, so an edited script has none
create table migration_proof (
  service text not null,
  database text not null,
  up text not null,
  down text not null,
  content text not null,
  at integer not null,
  by text not null,
  primary key (service, database, up, down)
) strict, without rowid;
