-- Generated from migrations/ by `npm run schema`: what the tables look like after 0008_dismissed_reports.

CREATE TABLE carrier_reports (
  carrier text NOT NULL,
  report_id text NOT NULL,
  tracking_number text NOT NULL,
  status text NOT NULL,
  detail text,
  reported_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT now(),
  order_id uuid,
  dismissed_at timestamp with time zone,
  PRIMARY KEY (carrier, report_id),
  CHECK ((status = ANY (ARRAY['delivered'::text, 'undeliverable'::text, 'lost'::text])))
);
CREATE INDEX carrier_reports_by_order ON carrier_reports USING btree (order_id);
CREATE INDEX carrier_reports_that_wait ON carrier_reports USING btree (received_at) WHERE (order_id IS NULL);

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

CREATE TABLE locations (
  name text NOT NULL,
  handover text NOT NULL DEFAULT 'auto'::text,
  late_after_seconds integer NOT NULL DEFAULT 86400,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (name),
  CHECK ((handover = ANY (ARRAY['auto'::text, 'manual'::text]))),
  CHECK ((late_after_seconds > 0))
);

CREATE TABLE orders (
  order_id uuid NOT NULL,
  is_accepted boolean NOT NULL,
  sequence integer NOT NULL DEFAULT 0,
  customer_id uuid,
  shipping_address jsonb,
  PRIMARY KEY (order_id)
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

CREATE TABLE parcels (
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  location text NOT NULL,
  status text NOT NULL,
  confirmed boolean NOT NULL,
  carrier text,
  tracking_number text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  late_at timestamp with time zone,
  shipped_at timestamp with time zone,
  ended_at timestamp with time zone,
  UNIQUE (tracking_number, carrier),
  PRIMARY KEY (id),
  CHECK (((shipped_at IS NULL) = (status = ANY (ARRAY['open'::text, 'cancelled'::text])))),
  CHECK ((((carrier IS NULL) = (shipped_at IS NULL)) AND ((tracking_number IS NULL) = (shipped_at IS NULL)))),
  CHECK ((status = ANY (ARRAY['open'::text, 'shipped'::text, 'delivered'::text, 'undeliverable'::text, 'lost'::text, 'cancelled'::text])))
);
CREATE INDEX parcels_by_order ON parcels USING btree (order_id, id);
CREATE INDEX parcels_that_are_open ON parcels USING btree (late_at) WHERE (status = 'open'::text);
CREATE INDEX parcels_with_claims ON parcels USING btree (order_id, id) WHERE ((NOT confirmed) AND (status = ANY (ARRAY['undeliverable'::text, 'lost'::text])));

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

CREATE TABLE return_lines (
  return_id uuid NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  condition text NOT NULL DEFAULT ''::text,
  PRIMARY KEY (return_id, sku, condition),
  CHECK ((condition = ANY (ARRAY[''::text, 'restock'::text, 'scrap'::text, 'lost'::text]))),
  CHECK ((quantity > 0))
);

CREATE TABLE returns (
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  shipment_id uuid NOT NULL,
  kind text NOT NULL,
  status text NOT NULL,
  lost_in uuid,
  location text,
  detail text,
  requested_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  ended_at timestamp with time zone,
  PRIMARY KEY (id),
  CHECK (((lost_in IS NOT NULL) = (kind = 'found'::text))),
  CHECK (((location IS NOT NULL) = (status = 'received'::text))),
  CHECK (((ended_at IS NULL) = (status = 'requested'::text))),
  CHECK ((kind = ANY (ARRAY['asked'::text, 'undeliverable'::text, 'lost'::text, 'found'::text]))),
  CHECK ((status = ANY (ARRAY['requested'::text, 'received'::text, 'cancelled'::text])))
);
CREATE INDEX returns_by_order ON returns USING btree (order_id, id);
CREATE INDEX returns_that_are_awaited ON returns USING btree (created_at) WHERE (status = 'requested'::text);

CREATE TABLE shipment_lines (
  shipment_id uuid NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  returned integer NOT NULL DEFAULT 0,
  PRIMARY KEY (shipment_id, sku),
  CHECK (((returned >= 0) AND (returned <= quantity))),
  CHECK ((quantity > 0))
);

CREATE TABLE shipments (
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  carrier text NOT NULL,
  tracking_number text NOT NULL,
  lines jsonb NOT NULL,
  shipping_address jsonb,
  shipped_at timestamp with time zone NOT NULL DEFAULT now(),
  customer_id uuid,
  adopted boolean NOT NULL DEFAULT false,
  UNIQUE (id),
  UNIQUE (tracking_number),
  PRIMARY KEY (order_id)
);

CREATE TABLE withdrawals (
  request_id uuid NOT NULL,
  order_id uuid NOT NULL,
  lines jsonb NOT NULL,
  decided_at timestamp with time zone,
  PRIMARY KEY (request_id)
);
CREATE INDEX withdrawals_by_order ON withdrawals USING btree (order_id);
