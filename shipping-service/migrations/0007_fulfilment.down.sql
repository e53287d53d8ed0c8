DROP TABLE carrier_reports;
DROP TABLE withdrawals;
DROP TABLE return_lines;
DROP TABLE returns;
DROP TABLE shipment_lines;
DROP TABLE parcels;
ALTER TABLE shipments DROP COLUMN adopted;
DROP TABLE orders;
DROP TABLE locations;
