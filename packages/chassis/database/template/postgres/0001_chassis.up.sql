-- What the chassis needs in the database of every service. The first migration of a new service: docs/add-a-service.md.

-- Names follow Debezium's outbox event router, which can read this table in place of our relay
-- (table.field.event.id = event_id).
CREATE TABLE outbox (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id      uuid NOT NULL,
  aggregatetype text NOT NULL,
  aggregateid   text NOT NULL,
  type          text NOT NULL,
  sequence      int NOT NULL,
  time          timestamptz NOT NULL,
  traceparent   text,
  payload       json NOT NULL,
  specversion   text NOT NULL DEFAULT '1.0' -- for the header: the literal of a transform becomes the number 1
);

-- First answers to requests with an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
  scope       text NOT NULL,
  key         text NOT NULL,
  fingerprint text NOT NULL,
  status      int,
  headers     jsonb,
  body        jsonb,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- The last event of each aggregate, as the relay sent it: POST /<aggregates>/:id/resend puts it into the outbox again
-- when retention has deleted it from its topic before it was handled. docs/decisions/0014.
CREATE TABLE last_events (
  aggregateid   text PRIMARY KEY,
  event_id      uuid NOT NULL,
  aggregatetype text NOT NULL,
  type          text NOT NULL,
  sequence      int NOT NULL,
  time          timestamptz NOT NULL,
  traceparent   text,
  payload       json NOT NULL
) WITH (fillfactor = 80); -- room for the next event beside it: no index is touched
