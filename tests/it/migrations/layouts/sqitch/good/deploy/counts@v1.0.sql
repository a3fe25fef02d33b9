-- Deploy stock:counts@v1.0 to pg

BEGIN;

CREATE VIEW counts AS SELECT count(*) FROM items;

COMMIT;
