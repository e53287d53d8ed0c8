CREATE TABLE orders (
  id               uuid PRIMARY KEY,
  customer_id      uuid NOT NULL,
  status           text NOT NULL CHECK (status IN ('pending', 'accepted', 'completed', 'rejected', 'cancelled')),
  reason           text CHECK ((reason IS NOT NULL) = (status IN ('rejected', 'cancelled'))),
  detail           text,
  lines            jsonb NOT NULL,
  shortages        jsonb CHECK ((shortages IS NOT NULL) = (status = 'rejected')),
  total            bigint NOT NULL CHECK (total >= 0),
  currency         text NOT NULL,
  payment_token    text NOT NULL,
  shipping_address jsonb,
  version          int NOT NULL DEFAULT 1, -- ce_sequence of its last event
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  expires_at       timestamptz NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id, id DESC);
CREATE INDEX orders_by_status ON orders (status, id DESC);
CREATE INDEX orders_that_may_expire ON orders (expires_at) WHERE status = 'pending';
CREATE INDEX orders_in_progress ON orders (updated_at) WHERE status IN ('pending', 'accepted');

-- Every step of every order. An event type happens at most once to an order, so the primary key is the claim.
CREATE TABLE timeline (
  order_id uuid NOT NULL,
  event    text NOT NULL,
  service  text NOT NULL,
  detail   text,
  at       timestamptz NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY, -- ascends within an order: its row is locked before a line is written
  PRIMARY KEY (order_id, event)
);

-- What we sell and for how much, as inventory-service says in item.created and item.updated.
CREATE TABLE catalogue (
  sku        text PRIMARY KEY,
  name       text NOT NULL,
  unit_price bigint NOT NULL CHECK (unit_price >= 0),
  currency   text NOT NULL,
  version    int NOT NULL -- ce_sequence: what is not newer is late
);
