ALTER TABLE sessions DROP COLUMN end_reason, DROP COLUMN successor_key, DROP COLUMN mark_key;
