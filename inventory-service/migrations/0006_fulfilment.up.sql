-- What is at the location `main` stays in `items` and `reservations`, where the release before looks for it. These are
-- the same for every other location.
CREATE TABLE stock_elsewhere (
  sku       text NOT NULL REFERENCES items,
  location  text NOT NULL CHECK (location <> 'main'),
  available int NOT NULL DEFAULT 0 CHECK (available >= 0),
  reserved  int NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  shipped   int NOT NULL DEFAULT 0 CHECK (shipped >= 0),
  scrapped  int NOT NULL DEFAULT 0 CHECK (scrapped >= 0),
  lost      int NOT NULL DEFAULT 0 CHECK (lost >= 0),
  moved     int NOT NULL DEFAULT 0,
  PRIMARY KEY (sku, location),
  CHECK (lost <= shipped)
);

CREATE TABLE reservations_elsewhere (
  order_id uuid NOT NULL,
  sku      text NOT NULL REFERENCES items,
  location text NOT NULL CHECK (location <> 'main'),
  quantity int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, sku, location)
);

-- `received` is less what was scrapped or moved to another location, and includes what was moved here, so it stays
-- available + reserved + shipped.
ALTER TABLE items
  ADD COLUMN scrapped int NOT NULL DEFAULT 0 CHECK (scrapped >= 0),
  ADD COLUMN lost     int NOT NULL DEFAULT 0 CHECK (lost >= 0), -- of those shipped: nothing comes back
  ADD COLUMN moved    int NOT NULL DEFAULT 0; -- here from other locations, less what was moved away

-- Shipments, cancel requests and returns that the stock has already counted, by order. A shipment or request that took
-- the last of what its order held is not listed, because the status of the claim says so.
CREATE TABLE counted (
  order_id uuid NOT NULL,
  ref      uuid NOT NULL,
  PRIMARY KEY (order_id, ref)
);

ALTER TABLE movements
  ADD COLUMN location     text NOT NULL DEFAULT 'main',
  ADD COLUMN ref          uuid, -- the shipment, cancel request or return
  ADD COLUMN scrapped     int NOT NULL DEFAULT 0,
  ADD COLUMN lost         int NOT NULL DEFAULT 0,
  ADD COLUMN moved        int NOT NULL DEFAULT 0,
  ADD COLUMN return_kind  text; -- returned, lost or found; `kind` is then `shipped`, as the release before knows no other

ALTER TABLE purged_stock
  ADD COLUMN scrapped bigint NOT NULL DEFAULT 0,
  ADD COLUMN lost     bigint NOT NULL DEFAULT 0,
  ADD COLUMN moved    bigint NOT NULL DEFAULT 0;

CREATE TABLE purged_stock_elsewhere (
  sku       text NOT NULL,
  location  text NOT NULL,
  available bigint NOT NULL DEFAULT 0,
  reserved  bigint NOT NULL DEFAULT 0,
  shipped   bigint NOT NULL DEFAULT 0,
  scrapped  bigint NOT NULL DEFAULT 0,
  lost      bigint NOT NULL DEFAULT 0,
  moved     bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (sku, location)
);
