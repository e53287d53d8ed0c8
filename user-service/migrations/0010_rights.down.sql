ALTER TABLE users DROP COLUMN one_use_until, DROP COLUMN disabled_at, DROP COLUMN rights_version;
