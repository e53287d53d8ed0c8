-- What Debezium's outbox event router puts into the header ce_specversion: the literal of a transform becomes the number 1.
ALTER TABLE outbox ADD COLUMN specversion text NOT NULL DEFAULT '1.0';
