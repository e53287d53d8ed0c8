-- An order may leave in several shipments, from several locations, when somebody says so, and goods may come back. A
-- shipment that left whole when its order was accepted stays one row of `shipments`, as the release before writes it;
-- once anything else happens to its order, it is copied to `parcels`, where a shipment may be in any state.
CREATE TABLE locations (
  name               text PRIMARY KEY,
  handover           text NOT NULL DEFAULT 'auto' CHECK (handover IN ('auto', 'manual')),
  late_after_seconds int NOT NULL DEFAULT 86400 CHECK (late_after_seconds > 0), -- then a shipment that is still open is late
  updated_at         timestamptz NOT NULL DEFAULT now()
);
INSERT INTO locations (name) VALUES ('main');

-- The orders of this release. The row is the claim of order.accepted, and the lock of everything that belongs to an order.
CREATE TABLE orders (
  order_id         uuid PRIMARY KEY,
  is_accepted      boolean NOT NULL, -- false: only a cancel request has arrived, which overtook its order
  sequence         int NOT NULL DEFAULT 0, -- ce_sequence of its last event
  customer_id      uuid, -- like the address: nothing while it is in `shipments`
  shipping_address jsonb
);

ALTER TABLE shipments ADD COLUMN adopted boolean NOT NULL DEFAULT false; -- it was copied to parcels

CREATE TABLE parcels (
  id              uuid PRIMARY KEY,
  order_id        uuid NOT NULL,
  location        text NOT NULL,
  status          text NOT NULL CHECK (status IN ('open', 'shipped', 'delivered', 'undeliverable', 'lost', 'cancelled')),
  confirmed       boolean NOT NULL, -- that it is lost or undeliverable; a claim, while it is not
  carrier         text,
  tracking_number text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  late_at         timestamptz, -- nothing: it left at once
  shipped_at      timestamptz,
  ended_at        timestamptz, -- when it was delivered, or was found to be undeliverable or lost
  UNIQUE (tracking_number, carrier),
  CHECK ((shipped_at IS NULL) = (status IN ('open', 'cancelled'))),
  CHECK ((carrier IS NULL) = (shipped_at IS NULL) AND (tracking_number IS NULL) = (shipped_at IS NULL))
);
CREATE INDEX parcels_by_order ON parcels (order_id, id);
CREATE INDEX parcels_that_are_open ON parcels (late_at) WHERE status = 'open';
CREATE INDEX parcels_with_claims ON parcels (order_id, id) WHERE NOT confirmed AND status IN ('undeliverable', 'lost');

CREATE TABLE shipment_lines (
  shipment_id uuid NOT NULL,
  sku         text NOT NULL,
  quantity    int NOT NULL CHECK (quantity > 0),
  returned    int NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity), -- in returns that are not cancelled
  PRIMARY KEY (shipment_id, sku)
);

CREATE TABLE returns (
  id           uuid PRIMARY KEY,
  order_id     uuid NOT NULL,
  shipment_id  uuid NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('asked', 'undeliverable', 'lost', 'found')),
  status       text NOT NULL CHECK (status IN ('requested', 'received', 'cancelled')),
  lost_in      uuid CHECK ((lost_in IS NOT NULL) = (kind = 'found')), -- the return in which it was received as lost
  location     text CHECK ((location IS NOT NULL) = (status = 'received')), -- where it was received
  detail       text,
  requested_by uuid,
  created_at   timestamptz NOT NULL DEFAULT now(),
  ended_at     timestamptz CHECK ((ended_at IS NULL) = (status = 'requested'))
);
CREATE INDEX returns_by_order ON returns (order_id, id);
CREATE INDEX returns_that_are_awaited ON returns (created_at) WHERE status = 'requested';

CREATE TABLE return_lines (
  return_id uuid NOT NULL,
  sku       text NOT NULL,
  quantity  int NOT NULL CHECK (quantity > 0),
  condition text NOT NULL DEFAULT '' CHECK (condition IN ('', 'restock', 'scrap', 'lost')), -- '': not received
  PRIMARY KEY (return_id, sku, condition)
);

-- Cancel requests. The key is the claim.
CREATE TABLE withdrawals (
  request_id uuid PRIMARY KEY,
  order_id   uuid NOT NULL,
  lines      jsonb NOT NULL,
  decided_at timestamptz -- nothing: it waits for its order
);
CREATE INDEX withdrawals_by_order ON withdrawals (order_id);

-- What carriers reported. The key is the claim; a report on a parcel that is not known yet waits for its dispatch.
CREATE TABLE carrier_reports (
  carrier         text NOT NULL, -- as in the path: harbour-post
  report_id       text NOT NULL,
  tracking_number text NOT NULL,
  status          text NOT NULL CHECK (status IN ('delivered', 'undeliverable', 'lost')),
  detail          text,
  reported_at     timestamptz NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT now(),
  order_id        uuid, -- nothing: no parcel has this number yet
  PRIMARY KEY (carrier, report_id)
);
CREATE INDEX carrier_reports_by_order ON carrier_reports (order_id);
CREATE INDEX carrier_reports_that_wait ON carrier_reports (received_at) WHERE order_id IS NULL;
