-- whether the schema that was seen last is one that the proof was not made on
alter table migration_proof add column strayed integer not null default 0;
