-- Shipments, cancelled lines and returns. Only additions, as the release before still runs: tools/check/expand.ts.

-- What became of the lines of an order. orders.lines says what was ordered, and never changes. An order has rows here
-- from the moment when its status does not say what became of its lines: docs/decisions/0035.
CREATE TABLE order_lines (
  order_id   uuid NOT NULL,
  sku        text NOT NULL,
  quantity   int NOT NULL,
  unit_price bigint NOT NULL,
  cancelled  int NOT NULL,
  shipped    int NOT NULL,
  returned   int NOT NULL,
  PRIMARY KEY (order_id, sku),
  CHECK (cancelled >= 0 AND shipped >= 0 AND cancelled + shipped <= quantity),
  CHECK (returned >= 0 AND returned <= shipped)
);

ALTER TABLE orders
  ADD COLUMN has_lines boolean NOT NULL DEFAULT false, -- in order_lines
  ADD COLUMN is_paid boolean NOT NULL DEFAULT false, -- before its stock.reserved was heard
  ADD COLUMN allocations jsonb, -- nothing: all of it is reserved at main
  ADD COLUMN late_at timestamptz; -- it waits for people, and from then on they are late; nothing: it waits for machines

-- The claims of stock.committed, for orders with rows in order_lines. For others, their status is the claim.
CREATE TABLE counted_shipments (
  order_id uuid NOT NULL,
  id       uuid NOT NULL,
  PRIMARY KEY (order_id, id)
);

-- The claims of return.received. One that came before the stock.committed of its goods is kept until that comes.
CREATE TABLE order_returns (
  order_id    uuid NOT NULL,
  id          uuid NOT NULL,
  lines       jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  counted_at  timestamptz,
  PRIMARY KEY (order_id, id)
);
CREATE INDEX kept_returns ON order_returns (received_at) WHERE counted_at IS NULL;

-- What was asked of shipping-service after an order was accepted, and its answer.
CREATE TABLE cancel_requests (
  order_id     uuid NOT NULL,
  id           uuid NOT NULL,
  lines        jsonb NOT NULL,
  detail       text,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  withdrawn    jsonb CHECK ((withdrawn IS NOT NULL) = (answered_at IS NOT NULL)),
  refused      jsonb CHECK ((refused IS NOT NULL) = (answered_at IS NOT NULL)),
  answered_at  timestamptz,
  PRIMARY KEY (order_id, id)
);
CREATE INDEX open_cancel_requests ON cancel_requests (requested_at) WHERE answered_at IS NULL;

-- Shipments that wait for people, as shipping-service says in shipment.opened. A row stays when it has left, as a claim.
-- orders.late_at is the first of those that have not.
CREATE TABLE manual_shipments (
  order_id uuid NOT NULL,
  id       uuid NOT NULL,
  late_at  timestamptz NOT NULL,
  has_left boolean NOT NULL DEFAULT false,
  PRIMARY KEY (order_id, id)
);

-- Orders that wait for machines: the intake counts them four times a second, however many wait for people.
CREATE INDEX orders_under_way ON orders (id) WHERE status IN ('pending', 'accepted') AND late_at IS NULL;
DROP INDEX orders_by_progress;
CREATE INDEX orders_that_may_be_late ON orders (late_at) WHERE late_at IS NOT NULL;

-- The shipment, return, refund or request that a step is about; '' where there is only one. The first step of its type is
-- in timeline, as the release before writes it; those of other references follow here.
ALTER TABLE timeline ADD COLUMN ref text NOT NULL DEFAULT '';
CREATE TABLE repeated_steps (
  order_id uuid NOT NULL,
  event    text NOT NULL,
  ref      text NOT NULL,
  service  text NOT NULL,
  detail   text,
  at       timestamptz NOT NULL,
  position bigint NOT NULL DEFAULT nextval('timeline_position_seq'), -- one sequence, so that one order of steps
  PRIMARY KEY (order_id, event, ref)
);
