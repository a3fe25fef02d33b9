-- Deploy stock:counts to pg

BEGIN;

CREATE OR REPLACE VIEW counts AS SELECT count(id) FROM items;

COMMIT;
