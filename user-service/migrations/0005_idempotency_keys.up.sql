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
