-- who said yes to a plan, by its hash; a yes is never taken back, it expires
create table approval (
  id integer primary key,
  service text not null,
  environment text not null,
  version text not null,
  plan text not null,
  by text not null,
  origin text not null,
  note text not null,
  at integer not null
) strict;
create index approval_of on approval (service, environment, plan);
create trigger approval_no_update before update on approval begin select raise(abort, 'approval is append-only'); end;
create trigger approval_no_delete before delete on approval begin select raise(abort, 'approval is append-only'); end;
