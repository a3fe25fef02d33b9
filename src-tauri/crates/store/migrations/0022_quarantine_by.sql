-- who shipped what was found bad; of what is in quarantine already, whoever's deployment of it was undone last
alter table quarantine add column by text;
update quarantine set by = (
  select json_extract(deployment.by, '$.name') from deployment
  where deployment.service = quarantine.service and deployment.version = quarantine.version
    and deployment.kind = 'deploy' and deployment.state_name = 'rolledBack'
  order by deployment.started desc limit 1
);
