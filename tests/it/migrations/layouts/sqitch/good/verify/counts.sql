-- Verify stock:counts on pg

BEGIN;

SELECT 1;

ROLLBACK;
