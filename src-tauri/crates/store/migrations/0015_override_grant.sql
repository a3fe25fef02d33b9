-- gates that a person passed with a reason, what went through, and what came of the task that was left behind
create table override_grant (
  id text primary key not null,
  service text not null,
  environment text not null,
  version text not null,
  by text not null,
  reason text not null,
  risk text not null,
  task text not null,
  at integer not null,
  until integer,
  let_through text not null,
  followed_up integer,
  followed_up_by text,
  followed_up_note text
) strict, without rowid;
create index override_grant_newest on override_grant (at desc);
create index override_grant_open on override_grant (at desc) where followed_up is null;
