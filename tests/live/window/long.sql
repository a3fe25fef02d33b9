-- Makes the demo's five real deployments of web/production the newest of ten thousand: each row below is a copy of one
-- that really succeeded (r1) or really failed (r4), an hour older than the next, with its plan and its journal.
create temp table past (n integer primary key, id text, model text, version text, started integer) strict;
insert into past
with recursive number (n) as (select 1 union all select n + 1 from number where n < 9995)
select n, printf('%08x-0000-7000-8000-%012x', n, n),
  (select id from deployment where service = 'web' and environment = 'production' and revision = iif(n % 40 = 0, 4, 1)),
  printf('0.%d.%d', n / 100, n % 100),
  (select min(started) from deployment where service = 'web' and environment = 'production') - (9996 - n) * 3600000000000
from number;
insert into revision (service, environment, revision, version, workload, digest)
select 'web', 'production', 100000 + n, past.version, workload, digest from past
join revision r on r.service = 'web' and r.environment = 'production' and r.revision = 1;
insert into deployment (id, service, environment, kind, revision, from_revision, version, from_version, reason, by, plan,
  state, state_name, started, ended, turned)
select past.id, service, environment, kind, 100000 + n, iif(n > 1, 99999 + n, null), past.version, null, reason, by,
  json_set(plan, '$.deployment', past.id, '$.revision', 100000 + n, '$.version', past.version),
  state, state_name, past.started, past.started + (ended - deployment.started), past.started + (turned - deployment.started)
from past join deployment on deployment.id = model;
insert into event (deployment, seq, at, event)
select past.id, event.seq, past.started + event.at - deployment.started, event.event
from past join deployment on deployment.id = past.model join event on event.deployment = past.model;
insert into arrival (service, environment, revision, at, deployment)
select 'web', 'production', 100000 + n, past.started, past.id from past where n % 40 <> 0;
update target set deployments = deployments + 9995, undone = undone + 9995 / 40
where service = 'web' and environment = 'production';
update deployment_week set undone = undone + (select count(*) from past where n % 40 = 0
  and (past.started / 86400000000000 + 3) / 7 = week) where service = 'web' and environment = 'production';
