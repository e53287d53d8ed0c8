-- What is known of the attempts at a payment. Columns without a CHECK, so that the release before goes on writing.
ALTER TABLE payments
  ADD COLUMN first_attempt_at timestamptz,
  ADD COLUMN last_attempt_at timestamptz, -- of the last lease that may have charged; a lease that only looks it up does not count
  ADD COLUMN answered int NOT NULL DEFAULT 0, -- attempts whose answer says that nothing was taken; fewer than `attempts`: money may be taken
  ADD COLUMN trouble text, -- what the last attempt failed with: 503, timeout, transport
  ADD COLUMN trouble_count int NOT NULL DEFAULT 0, -- how often in a row while other payments were answered
  ADD COLUMN stuck_at timestamptz, -- it is not tried again until an operator says so
  ADD COLUMN given_up_at timestamptz, -- an operator ended it: it is looked up, and not charged any more
  ADD COLUMN provider_key uuid; -- the provider's idempotency key, when it is another than the payment's id

-- Keys that a payment had before; a charge under one of them counts. Written before the next key is used.
CREATE TABLE provider_keys (
  key        uuid PRIMARY KEY,
  payment_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_keys_by_payment ON provider_keys (payment_id);

-- Whether the provider answered another payment since; payments.first_attempt_at is compared with it.
CREATE INDEX attempts_answered ON attempts (at) WHERE kind = 'charge' AND outcome IN ('captured', 'declined');
CREATE INDEX payments_stuck ON payments (stuck_at) WHERE stuck_at IS NOT NULL;
