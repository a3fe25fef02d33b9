-- Verify stock:items on pg

BEGIN;

SELECT 1;

ROLLBACK;
