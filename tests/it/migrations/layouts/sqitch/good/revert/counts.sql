-- Revert stock:counts from pg

BEGIN;

CREATE OR REPLACE VIEW counts AS SELECT count(*) FROM items;

COMMIT;
