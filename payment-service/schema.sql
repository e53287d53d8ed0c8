-- Generated from migrations/ by `npm run schema`: what the tables look like after 0010_customers.

CREATE TABLE attempts (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  payment_id uuid NOT NULL,
  kind text NOT NULL,
  outcome text NOT NULL,
  answer text,
  at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (id),
  CHECK ((kind = ANY (ARRAY['charge'::text, 'ask'::text, 'refund'::text]))),
  CHECK ((outcome = ANY (ARRAY['captured'::text, 'declined'::text, 'unknown'::text, 'refunded'::text, 'error'::text])))
);
CREATE INDEX attempts_answered ON attempts USING btree (at) WHERE ((kind = 'charge'::text) AND (outcome = ANY (ARRAY['captured'::text, 'declined'::text])));
CREATE INDEX attempts_by_payment ON attempts USING btree (payment_id);

CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  status integer,
  headers jsonb,
  body jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);

CREATE TABLE last_events (
  aggregateid text NOT NULL,
  event_id uuid NOT NULL,
  aggregatetype text NOT NULL,
  type text NOT NULL,
  sequence integer NOT NULL,
  time timestamp with time zone NOT NULL,
  traceparent text,
  payload json NOT NULL,
  PRIMARY KEY (aggregateid)
);

CREATE TABLE outbox (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  event_id uuid NOT NULL,
  aggregatetype text NOT NULL,
  aggregateid text NOT NULL,
  type text NOT NULL,
  sequence integer NOT NULL,
  time timestamp with time zone NOT NULL,
  traceparent text,
  payload json NOT NULL,
  specversion text NOT NULL DEFAULT '1.0'::text,
  PRIMARY KEY (id)
);

CREATE TABLE payments (
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  status text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  token text NOT NULL,
  cancelled boolean NOT NULL DEFAULT false,
  reason text,
  provider_ref text,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  traceparent text,
  first_attempt_at timestamp with time zone,
  last_attempt_at timestamp with time zone,
  answered integer NOT NULL DEFAULT 0,
  trouble text,
  trouble_count integer NOT NULL DEFAULT 0,
  stuck_at timestamp with time zone,
  given_up_at timestamp with time zone,
  provider_key uuid,
  unknown_at timestamp with time zone,
  customer_id uuid,
  UNIQUE (id),
  PRIMARY KEY (order_id),
  CHECK ((amount >= 0)),
  CHECK ((status = ANY (ARRAY['charging'::text, 'succeeded'::text, 'failed'::text, 'refunding'::text, 'refunded'::text, 'void'::text])))
);
CREATE INDEX payments_stuck ON payments USING btree (stuck_at) WHERE (stuck_at IS NOT NULL);
CREATE INDEX payments_that_wait ON payments USING btree (next_attempt_at) WHERE (status = ANY (ARRAY['charging'::text, 'refunding'::text]));

CREATE TABLE provider_keys (
  key uuid NOT NULL,
  payment_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (key)
);
CREATE INDEX provider_keys_by_payment ON provider_keys USING btree (payment_id);

CREATE TABLE purge_marks (
  is_only_row boolean NOT NULL DEFAULT true,
  details_before uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  details_kept uuid[] NOT NULL DEFAULT '{}'::uuid[],
  orders_before uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  orders_kept uuid[] NOT NULL DEFAULT '{}'::uuid[],
  version integer NOT NULL DEFAULT 0,
  newest_payment uuid,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (is_only_row),
  CHECK (is_only_row)
);

CREATE TABLE simulated_provider (
  idempotency_key uuid NOT NULL,
  outcome text NOT NULL,
  reason text,
  amount bigint NOT NULL,
  currency text NOT NULL,
  refunded boolean NOT NULL DEFAULT false,
  at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (idempotency_key),
  CHECK ((outcome = ANY (ARRAY['captured'::text, 'declined'::text])))
);
