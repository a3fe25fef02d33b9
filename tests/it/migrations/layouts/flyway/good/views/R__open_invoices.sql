CREATE OR REPLACE VIEW open_invoices AS SELECT id FROM invoices;
