DROP INDEX invoices_due;
