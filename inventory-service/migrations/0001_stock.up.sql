CREATE TABLE items (
  sku        text PRIMARY KEY,
  name       text NOT NULL,
  unit_price bigint NOT NULL CHECK (unit_price >= 0),
  currency   text NOT NULL,
  received   int NOT NULL CHECK (received >= 0),
  available  int NOT NULL CHECK (available >= 0),
  reserved   int NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  shipped    int NOT NULL DEFAULT 0 CHECK (shipped >= 0),
  version    int NOT NULL DEFAULT 1, -- ce_sequence of its last event
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_is_conserved CHECK (received = available + reserved + shipped)
);

-- What became of the stock of an order. The first insert is the claim; `void` is the tombstone of a cancellation that came first.
CREATE TABLE claims (
  order_id   uuid PRIMARY KEY,
  status     text NOT NULL CHECK (status IN ('claimed', 'reserved', 'rejected', 'released', 'committed', 'void')),
  version    int NOT NULL DEFAULT 1, -- ce_sequence of its last event
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE reservations (
  order_id uuid NOT NULL,
  sku      text NOT NULL REFERENCES items,
  quantity int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, sku)
);

-- The ledger: its sums are the columns of `items`.
CREATE TABLE movements (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku       text NOT NULL REFERENCES items,
  kind      text NOT NULL CHECK (kind IN ('received', 'adjusted', 'reserved', 'released', 'shipped')),
  available int NOT NULL DEFAULT 0, -- by how much each column changed
  reserved  int NOT NULL DEFAULT 0,
  shipped   int NOT NULL DEFAULT 0,
  order_id  uuid,
  reason    text,
  at        timestamptz NOT NULL DEFAULT now(),
  CHECK ((order_id IS NOT NULL) = (kind IN ('reserved', 'released', 'shipped')))
);
CREATE INDEX movements_by_item ON movements (sku, id);
