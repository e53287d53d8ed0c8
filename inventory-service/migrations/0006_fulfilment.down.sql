DROP TABLE purged_stock_elsewhere, counted, reservations_elsewhere, stock_elsewhere;
ALTER TABLE purged_stock DROP COLUMN moved, DROP COLUMN lost, DROP COLUMN scrapped;
ALTER TABLE movements DROP COLUMN return_kind, DROP COLUMN moved, DROP COLUMN lost, DROP COLUMN scrapped, DROP COLUMN ref, DROP COLUMN location;
ALTER TABLE items DROP COLUMN moved, DROP COLUMN lost, DROP COLUMN scrapped;
