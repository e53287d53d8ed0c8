ALTER TABLE outbox DROP COLUMN specversion;
