-- a release keeps its content for ever; only the commit it was built from may become known later, once
drop trigger release_no_update;
create trigger release_no_update before update on release
when json_extract(old.content, '$.commit') is not null
  or json_remove(old.content, '$.commit') <> json_remove(new.content, '$.commit')
  or old.service <> new.service or old.version <> new.version or old.added_at <> new.added_at
begin
  select raise(abort, 'release is append-only');
end;
