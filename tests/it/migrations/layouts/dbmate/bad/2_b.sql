-- migrate:up transaction:none
create table b (id int);
-- migrate:down
