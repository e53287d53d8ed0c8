ALTER TABLE outbox DROP COLUMN time_text, DROP COLUMN specversion;
