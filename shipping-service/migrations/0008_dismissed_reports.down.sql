ALTER TABLE carrier_reports DROP COLUMN dismissed_at;
