-- the hash chain; `before` and `after` are canonical JSON (RFC 8785), so that checking hashes them as they stand
create table audit (
  seq integer primary key not null,
  at integer not null,
  actor text not null,
  origin text not null,
  action text not null,
  subject text not null,
  environment text,
  why text not null,
  before text not null,
  after text not null,
  prev_hash text not null,
  hash text not null,
  signature text,
  signed_by text,
  milestone integer not null
) strict;
create index audit_actor on audit (actor, seq);
create index audit_actor_milestone on audit (actor, seq) where milestone = 1;
create index audit_action on audit (action, seq);
create index audit_environment on audit (environment, seq);
create index audit_environment_milestone on audit (environment, seq) where milestone = 1;
create index audit_milestone on audit (seq) where milestone = 1;

-- how many entries there are of each kind, so that no page counts
create table audit_count (
  facet text not null,
  value text not null,
  milestone integer not null,
  entries integer not null,
  primary key (facet, value, milestone)
) strict, without rowid;

-- the first and last entry of each hour: a span of time becomes a span of entries, also when a clock once ran back
create table audit_hour (
  hour integer primary key not null,
  first_seq integer not null,
  last_seq integer not null
) strict;

-- the public keys that signed entries
create table audit_key (
  id text primary key not null,
  public_key text not null,
  since integer not null
) strict;
