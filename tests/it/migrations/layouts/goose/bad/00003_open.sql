-- +goose Up
-- +goose StatementBegin
select 2;

-- +goose Down
select 3;
