-- Deploy stock:items to pg

BEGIN;

CREATE TABLE items (id BIGINT PRIMARY KEY);

COMMIT;
