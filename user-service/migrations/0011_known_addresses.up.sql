-- Addresses that a name has logged in from, as keyed hashes; strangers cannot lock it out there. Since 0.2.0
-- login_attempts.ip and signup_attempts.ip are such hashes too.
CREATE TABLE known_addresses (
  username VARCHAR(64) NOT NULL,
  address  CHAR(32) NOT NULL,
  last_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (username, address),
  KEY addresses_by_age (last_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
