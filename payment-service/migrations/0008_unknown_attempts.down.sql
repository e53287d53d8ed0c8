ALTER TABLE payments DROP COLUMN unknown_at;
