-- Attempts that failed, or are under way: each is written before the password is looked at.
CREATE TABLE login_attempts (
  id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username VARCHAR(64) NOT NULL,
  ip       VARCHAR(45) NOT NULL,
  at       DATETIME(3) NOT NULL,
  KEY attempts_by_username (username, at),
  KEY attempts_by_ip (ip, at),
  KEY attempts_by_age (at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
