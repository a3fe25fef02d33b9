-- a stuck deployment that is resumed is counted again when it ends, so its first count is taken back
create trigger deployment_week_resumed after update of state_name on deployment
when old.state_name = 'stuck' and new.state_name not in ('rolledBack', 'stuck') begin
  update deployment_week set undone = undone - 1
  where service = new.service and environment = new.environment and week = (new.started / 86400000000000 + 3) / 7;
end;
