-- Attempts to sign up: each is written before its password is hashed.
CREATE TABLE signup_attempts (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ip VARCHAR(45) NOT NULL,
  at DATETIME(3) NOT NULL,
  KEY signups_by_ip (ip, at),
  KEY signups_by_age (at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
