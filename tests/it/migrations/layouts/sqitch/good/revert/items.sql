-- Revert stock:items from pg

BEGIN;

DROP TABLE items;

COMMIT;
