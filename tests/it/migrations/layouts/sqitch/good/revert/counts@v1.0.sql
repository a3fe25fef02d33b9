-- Revert stock:counts@v1.0 from pg

BEGIN;

DROP VIEW counts;

COMMIT;
