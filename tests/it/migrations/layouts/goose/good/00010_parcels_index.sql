-- +goose NO TRANSACTION
-- +goose Up
create index concurrently parcels_id on parcels (id);
-- +goose Down
drop index concurrently parcels_id;
