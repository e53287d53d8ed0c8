UPDATE payments SET next_attempt_at = now() WHERE stuck_at IS NOT NULL;
DROP INDEX payments_stuck;
DROP INDEX attempts_answered;
DROP TABLE provider_keys;
ALTER TABLE payments DROP COLUMN first_attempt_at, DROP COLUMN last_attempt_at, DROP COLUMN answered, DROP COLUMN trouble,
  DROP COLUMN trouble_count, DROP COLUMN stuck_at, DROP COLUMN given_up_at, DROP COLUMN provider_key;
