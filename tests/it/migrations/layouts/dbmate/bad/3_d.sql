-- migrate:upp
create table d (id int);
