-- trains that wait for somebody: under way, or stuck
drop index train_open;
create index train_waits on train (at, id) where ended is null or json_extract(state, '$.state') = 'stuck';
