-- One payment per order: the primary key is the claim; `void` is the tombstone of a cancellation that came first.
CREATE TABLE payments (
  order_id        uuid PRIMARY KEY,
  id              uuid NOT NULL UNIQUE, -- the provider's idempotency key
  status          text NOT NULL CHECK (status IN ('charging', 'succeeded', 'failed', 'refunding', 'refunded', 'void')),
  amount          bigint NOT NULL CHECK (amount >= 0),
  currency        text NOT NULL,
  token           text NOT NULL,
  cancelled       boolean NOT NULL DEFAULT false, -- the order was cancelled while its card was being charged
  reason          text,
  provider_ref    text,
  attempts        int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(), -- also the lease of the replica that is at it
  version         int NOT NULL DEFAULT 0, -- ce_sequence of its last event
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payments_that_wait ON payments (next_attempt_at) WHERE status IN ('charging', 'refunding');

-- What was asked of the provider, and what it said.
CREATE TABLE attempts (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id uuid NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('charge', 'ask', 'refund')),
  outcome    text NOT NULL CHECK (outcome IN ('captured', 'declined', 'unknown', 'refunded', 'error')),
  answer     text,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX attempts_by_payment ON attempts (payment_id);
