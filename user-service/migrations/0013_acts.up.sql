-- Who did what, from the topic audit-events: a row for each act, whatever service it was done in. Deleted after AUDIT_RETENTION.
CREATE TABLE acts (
  id       CHAR(36) NOT NULL PRIMARY KEY,
  at       DATETIME(3) NOT NULL,
  service  VARCHAR(64) NOT NULL,
  act      VARCHAR(64) NOT NULL,
  user_id  CHAR(36) NOT NULL,
  username VARCHAR(64) NOT NULL,
  role     VARCHAR(16) NOT NULL,
  address  VARCHAR(45) NOT NULL,
  kind     VARCHAR(32) NOT NULL,
  subject  VARCHAR(128) NOT NULL,
  order_id CHAR(36),
  reason   VARCHAR(500),
  detail   VARCHAR(500),
  KEY acts_by_username (username, id),
  KEY acts_by_act (act, id),
  KEY acts_by_subject (subject, id),
  KEY acts_by_order (order_id, id),
  KEY acts_by_age (at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
