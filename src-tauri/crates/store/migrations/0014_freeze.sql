-- freezes set beside the policy: civil times in the environment's zone, because a zone's rules change and dates stay
create table freeze (
  id text primary key not null,
  environment text not null,
  from_local text not null,
  to_local text not null,
  why text not null,
  by text not null,
  at integer not null,
  removed integer
) strict, without rowid;
