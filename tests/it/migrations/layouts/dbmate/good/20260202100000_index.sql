-- migrate:up transaction:false
create index concurrently tickets_id on tickets (id);

-- migrate:down transaction:false
drop index concurrently tickets_id;
