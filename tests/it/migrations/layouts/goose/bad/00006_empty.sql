-- +goose Up
create table d (id int);
-- +goose Down
-- nothing to do
