-- The books of the simulated provider. A real provider keeps its own; no other part of the service reads this table.
CREATE TABLE simulated_provider (
  idempotency_key uuid PRIMARY KEY,
  outcome         text NOT NULL CHECK (outcome IN ('captured', 'declined')),
  reason          text,
  amount          bigint NOT NULL,
  currency        text NOT NULL,
  refunded        boolean NOT NULL DEFAULT false,
  at              timestamptz NOT NULL DEFAULT now()
);
