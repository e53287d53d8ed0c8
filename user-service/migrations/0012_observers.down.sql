ALTER TABLE users DROP COLUMN observes;
