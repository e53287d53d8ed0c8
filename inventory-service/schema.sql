-- Generated from migrations/ by `npm run schema`: what the tables look like after 0006_fulfilment.

CREATE TABLE claims (
  order_id uuid NOT NULL,
  status text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id),
  CHECK ((status = ANY (ARRAY['claimed'::text, 'reserved'::text, 'rejected'::text, 'released'::text, 'committed'::text, 'void'::text])))
);

CREATE TABLE counted (
  order_id uuid NOT NULL,
  ref uuid NOT NULL,
  PRIMARY KEY (order_id, ref)
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

CREATE TABLE items (
  sku text NOT NULL,
  name text NOT NULL,
  unit_price bigint NOT NULL,
  currency text NOT NULL,
  received integer NOT NULL,
  available integer NOT NULL,
  reserved integer NOT NULL DEFAULT 0,
  shipped integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  scrapped integer NOT NULL DEFAULT 0,
  lost integer NOT NULL DEFAULT 0,
  moved integer NOT NULL DEFAULT 0,
  PRIMARY KEY (sku),
  CHECK ((available >= 0)),
  CHECK ((lost >= 0)),
  CHECK ((received >= 0)),
  CHECK ((reserved >= 0)),
  CHECK ((scrapped >= 0)),
  CHECK ((shipped >= 0)),
  CHECK ((unit_price >= 0)),
  CHECK ((received = ((available + reserved) + shipped)))
);

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

CREATE TABLE movements (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  sku text NOT NULL,
  kind text NOT NULL,
  available integer NOT NULL DEFAULT 0,
  reserved integer NOT NULL DEFAULT 0,
  shipped integer NOT NULL DEFAULT 0,
  order_id uuid,
  reason text,
  at timestamp with time zone NOT NULL DEFAULT now(),
  location text NOT NULL DEFAULT 'main'::text,
  ref uuid,
  scrapped integer NOT NULL DEFAULT 0,
  lost integer NOT NULL DEFAULT 0,
  moved integer NOT NULL DEFAULT 0,
  return_kind text,
  PRIMARY KEY (id),
  FOREIGN KEY (sku) REFERENCES items(sku),
  CHECK (((order_id IS NOT NULL) = (kind = ANY (ARRAY['reserved'::text, 'released'::text, 'shipped'::text])))),
  CHECK ((kind = ANY (ARRAY['received'::text, 'adjusted'::text, 'reserved'::text, 'released'::text, 'shipped'::text])))
);
CREATE INDEX movements_by_item ON movements USING btree (sku, id);
CREATE INDEX movements_by_order ON movements USING btree (order_id);

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

CREATE TABLE purged_stock (
  sku text NOT NULL,
  committed bigint NOT NULL DEFAULT 0,
  available bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  shipped bigint NOT NULL DEFAULT 0,
  scrapped bigint NOT NULL DEFAULT 0,
  lost bigint NOT NULL DEFAULT 0,
  moved bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (sku)
);

CREATE TABLE purged_stock_elsewhere (
  sku text NOT NULL,
  location text NOT NULL,
  available bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  shipped bigint NOT NULL DEFAULT 0,
  scrapped bigint NOT NULL DEFAULT 0,
  lost bigint NOT NULL DEFAULT 0,
  moved bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (sku, location)
);

CREATE TABLE reservations (
  order_id uuid NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  PRIMARY KEY (order_id, sku),
  FOREIGN KEY (sku) REFERENCES items(sku),
  CHECK ((quantity > 0))
);

CREATE TABLE reservations_elsewhere (
  order_id uuid NOT NULL,
  sku text NOT NULL,
  location text NOT NULL,
  quantity integer NOT NULL,
  PRIMARY KEY (order_id, sku, location),
  FOREIGN KEY (sku) REFERENCES items(sku),
  CHECK ((location <> 'main'::text)),
  CHECK ((quantity > 0))
);

CREATE TABLE stock_elsewhere (
  sku text NOT NULL,
  location text NOT NULL,
  available integer NOT NULL DEFAULT 0,
  reserved integer NOT NULL DEFAULT 0,
  shipped integer NOT NULL DEFAULT 0,
  scrapped integer NOT NULL DEFAULT 0,
  lost integer NOT NULL DEFAULT 0,
  moved integer NOT NULL DEFAULT 0,
  PRIMARY KEY (sku, location),
  FOREIGN KEY (sku) REFERENCES items(sku),
  CHECK ((available >= 0)),
  CHECK ((lost <= shipped)),
  CHECK ((location <> 'main'::text)),
  CHECK ((lost >= 0)),
  CHECK ((reserved >= 0)),
  CHECK ((scrapped >= 0)),
  CHECK ((shipped >= 0))
);
