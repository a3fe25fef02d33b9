-- messages for people, one row per channel; a delivered one is deleted, one given up stays as evidence
create table channel (
  name text primary key not null,
  topics text not null
) strict;

create table outbox (
  id integer primary key autoincrement,
  channel text not null,
  message text not null,
  due integer not null,
  attempts integer not null default 0,
  last_error text,
  given_up integer
) strict;
create index outbox_due on outbox (id) where given_up is null;
