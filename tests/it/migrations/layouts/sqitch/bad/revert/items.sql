-- Revert stock:items from pg

BEGIN;

-- XXX Add DDLs here.

COMMIT;
