-- What the chassis needs in the database of every service. The first migration of a new service: docs/add-a-service.md.

-- Names follow Debezium's outbox event router, which can read this table in place of our relay
-- (table.field.event.id = event_id).
CREATE TABLE outbox (
  id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_id      CHAR(36) NOT NULL,
  aggregatetype VARCHAR(64) NOT NULL,
  aggregateid   VARCHAR(64) NOT NULL,
  type          VARCHAR(64) NOT NULL,
  sequence      INT NOT NULL,
  time          DATETIME(3) NOT NULL,
  traceparent   VARCHAR(64),
  payload       LONGTEXT NOT NULL,
  -- for the headers: the literal of a transform becomes the number 1, and a DATETIME the milliseconds since 1970
  specversion   VARCHAR(8) NOT NULL DEFAULT '1.0',
  time_text     VARCHAR(32) GENERATED ALWAYS AS (CONCAT(REPLACE(CAST(time AS CHAR(23)), ' ', 'T'), 'Z')) STORED
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- First answers to requests with an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
  scope       VARCHAR(200) NOT NULL,
  `key`       VARCHAR(255) NOT NULL,
  fingerprint CHAR(64) NOT NULL,
  status      INT,
  headers     LONGTEXT,
  body        LONGTEXT,
  created_at  DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (scope, `key`),
  KEY keys_by_age (created_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
