-- How far retention has passed, one row; docs/retention.md. Orders with an id before `..._before`, except those in
-- `..._kept`: of `details` events are ignored, `orders` are deleted whole.
CREATE TABLE purge_marks (
  is_only_row    boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  details_before uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  details_kept   uuid[] NOT NULL DEFAULT '{}',
  orders_before  uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  orders_kept    uuid[] NOT NULL DEFAULT '{}',
  version        int NOT NULL DEFAULT 0, -- ce_sequence of the retention.passed that it comes from
  updated_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO purge_marks DEFAULT VALUES; -- from the start: handlers lock it

-- What deleted rows added up to, so that the books of an item are right without them.
CREATE TABLE purged_stock (
  sku       text PRIMARY KEY,
  committed bigint NOT NULL DEFAULT 0, -- pieces of reservations whose claim was deleted as committed
  available bigint NOT NULL DEFAULT 0, -- sums of deleted movements
  reserved  bigint NOT NULL DEFAULT 0,
  shipped   bigint NOT NULL DEFAULT 0
);

-- Movements are deleted by order. Ids ascend with time, so what is written goes to the end of it, which is cheap.
CREATE INDEX movements_by_order ON movements (order_id);
