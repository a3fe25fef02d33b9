-- Verify stock:counts@v1.0 on pg

BEGIN;

SELECT 1;

ROLLBACK;
