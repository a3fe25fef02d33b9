-- +goose Up
-- +goose StatmentBegin
create table b (id int);
-- +goose Down
drop table b;
