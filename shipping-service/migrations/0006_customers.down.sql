ALTER TABLE shipments DROP COLUMN customer_id;
