-- What Debezium's outbox event router puts into the headers ce_specversion and ce_time: the literal of a transform becomes
-- the number 1, and a DATETIME the milliseconds since 1970.
ALTER TABLE outbox
  ADD COLUMN specversion VARCHAR(8) NOT NULL DEFAULT '1.0',
  ADD COLUMN time_text VARCHAR(32) GENERATED ALWAYS AS (CONCAT(REPLACE(CAST(time AS CHAR(23)), ' ', 'T'), 'Z')) STORED;
