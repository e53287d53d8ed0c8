CREATE TABLE users (
  id            CHAR(36) NOT NULL PRIMARY KEY,
  username      VARCHAR(64) NOT NULL UNIQUE,
  password_hash VARCHAR(255) NOT NULL, -- argon2id, with its parameters
  role          VARCHAR(16) NOT NULL CHECK (role IN ('customer', 'operator')),
  signup_key    VARCHAR(255), -- the Idempotency-Key that the user signed up with
  version       INT NOT NULL DEFAULT 1, -- ce_sequence of the last event
  created_at    DATETIME(3) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
