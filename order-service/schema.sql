-- Generated from migrations/ by `npm run schema`: what the tables look like after 0009_recent_steps.

CREATE TABLE cancel_requests (
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  lines jsonb NOT NULL,
  detail text,
  requested_by uuid NOT NULL,
  requested_at timestamp with time zone NOT NULL DEFAULT now(),
  withdrawn jsonb,
  refused jsonb,
  answered_at timestamp with time zone,
  PRIMARY KEY (order_id, id),
  CHECK (((withdrawn IS NOT NULL) = (answered_at IS NOT NULL))),
  CHECK (((refused IS NOT NULL) = (answered_at IS NOT NULL)))
);
CREATE INDEX open_cancel_requests ON cancel_requests USING btree (requested_at) WHERE (answered_at IS NULL);

CREATE TABLE catalogue (
  sku text NOT NULL,
  name text NOT NULL,
  unit_price bigint NOT NULL,
  currency text NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (sku),
  CHECK ((unit_price >= 0))
);

CREATE TABLE counted_shipments (
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  PRIMARY KEY (order_id, id)
);

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

CREATE TABLE manual_shipments (
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  late_at timestamp with time zone NOT NULL,
  has_left boolean NOT NULL DEFAULT false,
  PRIMARY KEY (order_id, id)
);

CREATE TABLE order_lines (
  order_id uuid NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  unit_price bigint NOT NULL,
  cancelled integer NOT NULL,
  shipped integer NOT NULL,
  returned integer NOT NULL,
  PRIMARY KEY (order_id, sku),
  CHECK (((cancelled >= 0) AND (shipped >= 0) AND ((cancelled + shipped) <= quantity))),
  CHECK (((returned >= 0) AND (returned <= shipped)))
);

CREATE TABLE order_returns (
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  lines jsonb NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT now(),
  counted_at timestamp with time zone,
  PRIMARY KEY (order_id, id)
);
CREATE INDEX kept_returns ON order_returns USING btree (received_at) WHERE (counted_at IS NULL);

CREATE TABLE orders (
  id uuid NOT NULL,
  customer_id uuid NOT NULL,
  status text NOT NULL,
  reason text,
  detail text,
  lines jsonb NOT NULL,
  shortages jsonb,
  total bigint NOT NULL,
  currency text NOT NULL,
  payment_token text NOT NULL,
  shipping_address jsonb,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  has_lines boolean NOT NULL DEFAULT false,
  is_paid boolean NOT NULL DEFAULT false,
  allocations jsonb,
  late_at timestamp with time zone,
  PRIMARY KEY (id),
  CHECK (((reason IS NOT NULL) = (status = ANY (ARRAY['rejected'::text, 'cancelled'::text])))),
  CHECK (((shortages IS NOT NULL) = (status = 'rejected'::text))),
  CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'completed'::text, 'rejected'::text, 'cancelled'::text]))),
  CHECK ((total >= 0))
);
CREATE INDEX orders_by_customer ON orders USING btree (customer_id, id DESC);
CREATE INDEX orders_by_status ON orders USING btree (status, id DESC);
CREATE INDEX orders_that_may_be_late ON orders USING btree (late_at) WHERE (late_at IS NOT NULL);
CREATE INDEX orders_that_may_expire ON orders USING btree (expires_at) WHERE (status = 'pending'::text);
CREATE INDEX orders_under_way ON orders USING btree (id) WHERE ((status = ANY (ARRAY['pending'::text, 'accepted'::text])) AND (late_at IS NULL));

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

CREATE TABLE purge_marks (
  is_only_row boolean NOT NULL DEFAULT true,
  details_before uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  details_kept uuid[] NOT NULL DEFAULT '{}'::uuid[],
  orders_before uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  orders_kept uuid[] NOT NULL DEFAULT '{}'::uuid[],
  version integer NOT NULL DEFAULT 0,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (is_only_row),
  CHECK (is_only_row)
);

CREATE TABLE repeated_steps (
  order_id uuid NOT NULL,
  event text NOT NULL,
  ref text NOT NULL,
  service text NOT NULL,
  detail text,
  at timestamp with time zone NOT NULL,
  position bigint NOT NULL DEFAULT nextval('timeline_position_seq'::regclass),
  PRIMARY KEY (order_id, event, ref)
);
CREATE INDEX repeated_steps_by_time ON repeated_steps USING brin (at) WITH (autosummarize='on');

CREATE TABLE timeline (
  order_id uuid NOT NULL,
  event text NOT NULL,
  service text NOT NULL,
  detail text,
  at timestamp with time zone NOT NULL,
  position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  ref text NOT NULL DEFAULT ''::text,
  PRIMARY KEY (order_id, event)
);
CREATE INDEX timeline_by_time ON timeline USING brin (at) WITH (autosummarize='on');

CREATE SEQUENCE ended_orders;
