-- Names follow Debezium's outbox event router, which can read this table in place of our relay (table.field.event.id = event_id).
CREATE TABLE outbox (
  id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_id      CHAR(36) NOT NULL,
  aggregatetype VARCHAR(64) NOT NULL,
  aggregateid   VARCHAR(64) NOT NULL,
  type          VARCHAR(64) NOT NULL,
  sequence      INT NOT NULL,
  time          DATETIME(3) NOT NULL,
  traceparent   VARCHAR(64),
  payload       LONGTEXT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
