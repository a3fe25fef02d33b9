-- Whose deployment is stuck is asked with each look at the board, whatever else the history holds.
create index deployment_stuck on deployment (started, id) where state_name = 'stuck';
