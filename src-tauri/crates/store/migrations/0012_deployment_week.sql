-- how many deployments a target had in each week (since 1970, beginning on Mondays, UTC), kept by the rows themselves,
-- so that an overview of ten thousand reads some hundred rows
create table deployment_week (
  service text not null,
  environment text not null,
  week integer not null,
  deployments integer not null,
  rollbacks integer not null,
  undone integer not null default 0,
  primary key (service, environment, week)
) strict, without rowid;
insert into deployment_week (service, environment, week, deployments, rollbacks, undone)
select service, environment, (started / 86400000000000 + 3) / 7, count(*), sum(kind = 'rollback'),
  sum(state_name in ('rolledBack', 'stuck'))
from deployment group by 1, 2, 3;
create trigger deployment_week_counts after insert on deployment begin
  insert into deployment_week (service, environment, week, deployments, rollbacks)
  values (new.service, new.environment, (new.started / 86400000000000 + 3) / 7, 1, new.kind = 'rollback')
  on conflict (service, environment, week)
  do update set deployments = deployments + 1, rollbacks = rollbacks + excluded.rollbacks;
end;
create trigger deployment_week_undone after update of state_name on deployment
when new.state_name in ('rolledBack', 'stuck') and old.state_name not in ('rolledBack', 'stuck') begin
  update deployment_week set undone = undone + 1
  where service = new.service and environment = new.environment and week = (new.started / 86400000000000 + 3) / 7;
end;
