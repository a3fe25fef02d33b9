CREATE INDEX CONCURRENTLY invoices_due ON invoices (due);
