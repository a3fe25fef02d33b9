-- +goose Up
create table e (id int);
-- +goose Down
drop table e;
