-- +goose Up
create table parcels (id bigint primary key);

-- +goose Down
drop table parcels;
