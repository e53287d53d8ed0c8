CREATE TABLE sessions (
  id            CHAR(36) NOT NULL PRIMARY KEY,
  user_id       CHAR(36) NOT NULL,
  refresh_hash  CHAR(64) NOT NULL UNIQUE, -- SHA-256 of the refresh token that is good now
  previous_hash CHAR(64) UNIQUE, -- and of the one before it
  rotated_at    DATETIME(3),
  created_at    DATETIME(3) NOT NULL,
  last_used_at  DATETIME(3) NOT NULL,
  expires_at    DATETIME(3) NOT NULL,
  revoked_at    DATETIME(3),
  ip            VARCHAR(45) NOT NULL,
  user_agent    VARCHAR(200) NOT NULL,
  KEY sessions_by_user (user_id),
  KEY sessions_by_expiry (expires_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
