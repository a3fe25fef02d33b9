-- migrate:up
create table a (id int);
