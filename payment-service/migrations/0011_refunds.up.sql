-- Money that goes back, one row a refund: the id is the claim. `requested` is what it was told, `amount` what was left of it.
-- The refund that ends a payment has the id of its order; until it is given, its payment is `refunding`.
CREATE TABLE refunds (
  id               uuid PRIMARY KEY,
  order_id         uuid NOT NULL,
  reason           text NOT NULL, -- that of the cancellation, or lines_cancelled, returned, goodwill
  note             text, -- what the operator wrote
  decided_by       uuid, -- the operator
  given_by         uuid, -- the operator who gave it by hand
  requested        bigint NOT NULL CHECK (requested >= 0),
  amount           bigint NOT NULL CHECK (amount >= 0 AND amount <= requested),
  status           text NOT NULL CHECK (status IN ('due', 'given', 'failed', 'by_hand')),
  cause            text, -- why it failed
  key_number       int NOT NULL DEFAULT 1, -- of the provider's idempotency keys: the id, then <id>-2, ...
  attempts         int NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL DEFAULT now(), -- also the lease of the replica that is at it
  first_attempt_at timestamptz,
  last_attempt_at  timestamptz,
  unknown_at       timestamptz, -- of the last attempt of which nothing is known: for a while it may still be carried out
  trouble          text, -- what the last attempt failed with: 503, timeout, transport, declined
  trouble_count    int NOT NULL DEFAULT 0,
  traceparent      text,
  number           bigint GENERATED ALWAYS AS IDENTITY UNIQUE, -- the order in which they were decided
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_that_wait ON refunds (next_attempt_at) WHERE status = 'due';
CREATE INDEX refunds_failed ON refunds (number) WHERE status = 'failed';

-- What its refunds add up to, whatever their status. Less than the amount in a payment that the release before refunds.
ALTER TABLE payments ADD COLUMN refunded bigint NOT NULL DEFAULT 0;
CREATE INDEX payments_refunded_elsewhere ON payments (order_id)
  WHERE status IN ('refunding', 'refunded') AND (refunded < amount OR (amount = 0 AND status = 'refunding'));

-- Whether the provider answered another refund since.
ALTER TABLE attempts ADD COLUMN refund_id uuid;
CREATE INDEX attempts_refunds_answered ON attempts (at) WHERE kind = 'refund' AND outcome IN ('refunded', 'declined');

-- What the simulated provider did under which key; that of a whole charge by the release before is only in its charge.
CREATE TABLE simulated_refunds (
  idempotency_key text PRIMARY KEY,
  refund_id       uuid NOT NULL,
  charge_key      uuid NOT NULL,
  outcome         text NOT NULL CHECK (outcome IN ('refunded', 'declined')),
  reason          text,
  amount          bigint NOT NULL,
  currency        text NOT NULL,
  at              timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX simulated_refunds_by_charge ON simulated_refunds (charge_key);
ALTER TABLE simulated_provider ADD COLUMN token text; -- decides how its refunds are answered
