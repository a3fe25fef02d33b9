-- migrate:up
create table tickets (id bigint primary key);

-- migrate:down
drop table tickets;
