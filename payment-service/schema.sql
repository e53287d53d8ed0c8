-- Generated from migrations/ by `npm run schema`: what the tables look like after 0012_tokens.

CREATE TABLE attempts (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  payment_id uuid NOT NULL,
  kind text NOT NULL,
  outcome text NOT NULL,
  answer text,
  at timestamp with time zone NOT NULL DEFAULT now(),
  refund_id uuid,
  PRIMARY KEY (id),
  CHECK ((kind = ANY (ARRAY['charge'::text, 'ask'::text, 'refund'::text]))),
  CHECK ((outcome = ANY (ARRAY['captured'::text, 'declined'::text, 'unknown'::text, 'refunded'::text, 'error'::text])))
);
CREATE INDEX attempts_answered ON attempts USING btree (at) WHERE ((kind = 'charge'::text) AND (outcome = ANY (ARRAY['captured'::text, 'declined'::text])));
CREATE INDEX attempts_by_payment ON attempts USING btree (payment_id);
CREATE INDEX attempts_refunds_answered ON attempts USING btree (at) WHERE ((kind = 'refund'::text) AND (outcome = ANY (ARRAY['refunded'::text, 'declined'::text])));

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
  refunded bigint NOT NULL DEFAULT 0,
  UNIQUE (id),
  PRIMARY KEY (order_id),
  CHECK ((amount >= 0)),
  CHECK ((status = ANY (ARRAY['charging'::text, 'succeeded'::text, 'failed'::text, 'refunding'::text, 'refunded'::text, 'void'::text])))
);
CREATE INDEX payments_refunded_elsewhere ON payments USING btree (order_id) WHERE ((status = ANY (ARRAY['refunding'::text, 'refunded'::text])) AND ((refunded < amount) OR ((amount = 0) AND (status = 'refunding'::text))));
CREATE INDEX payments_stuck ON payments USING btree (stuck_at) WHERE (stuck_at IS NOT NULL);
CREATE INDEX payments_that_wait ON payments USING btree (next_attempt_at) WHERE (status = ANY (ARRAY['charging'::text, 'refunding'::text]));
CREATE INDEX payments_with_tokens ON payments USING btree (order_id) WHERE ((status <> 'charging'::text) AND (token <> ''::text));

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

CREATE TABLE refunds (
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  reason text NOT NULL,
  note text,
  decided_by uuid,
  given_by uuid,
  requested bigint NOT NULL,
  amount bigint NOT NULL,
  status text NOT NULL,
  cause text,
  key_number integer NOT NULL DEFAULT 1,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT now(),
  first_attempt_at timestamp with time zone,
  last_attempt_at timestamp with time zone,
  unknown_at timestamp with time zone,
  trouble text,
  trouble_count integer NOT NULL DEFAULT 0,
  traceparent text,
  number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  UNIQUE (number),
  PRIMARY KEY (id),
  CHECK (((amount >= 0) AND (amount <= requested))),
  CHECK ((requested >= 0)),
  CHECK ((status = ANY (ARRAY['due'::text, 'given'::text, 'failed'::text, 'by_hand'::text])))
);
CREATE INDEX refunds_by_order ON refunds USING btree (order_id);
CREATE INDEX refunds_failed ON refunds USING btree (number) WHERE (status = 'failed'::text);
CREATE INDEX refunds_that_wait ON refunds USING btree (next_attempt_at) WHERE (status = 'due'::text);

CREATE TABLE simulated_provider (
  idempotency_key uuid NOT NULL,
  outcome text NOT NULL,
  reason text,
  amount bigint NOT NULL,
  currency text NOT NULL,
  refunded boolean NOT NULL DEFAULT false,
  at timestamp with time zone NOT NULL DEFAULT now(),
  token text,
  PRIMARY KEY (idempotency_key),
  CHECK ((outcome = ANY (ARRAY['captured'::text, 'declined'::text])))
);

CREATE TABLE simulated_refunds (
  idempotency_key text NOT NULL,
  refund_id uuid NOT NULL,
  charge_key uuid NOT NULL,
  outcome text NOT NULL,
  reason text,
  amount bigint NOT NULL,
  currency text NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (idempotency_key),
  CHECK ((outcome = ANY (ARRAY['refunded'::text, 'declined'::text])))
);
CREATE INDEX simulated_refunds_by_charge ON simulated_refunds USING btree (charge_key);
