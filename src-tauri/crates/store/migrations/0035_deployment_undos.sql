-- How long the last ways back took is told with each deployment that is under way.
create index deployment_undos on deployment (service, environment, ended desc) where state_name = 'rolledBack';
