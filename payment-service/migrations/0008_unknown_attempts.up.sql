-- When the last attempt was begun of which nothing is known: for a while its charge may still arrive. Nothing, where every
-- attempt has an answer; for those of the release before last_attempt_at stands in.
ALTER TABLE payments ADD COLUMN unknown_at timestamptz;
