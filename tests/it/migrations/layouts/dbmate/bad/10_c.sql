-- migrate:up
create table c (id int);

-- migrate:down
drop table c;
