-- The tables of the plain-SQL limit: the least that the saga's steps need.
-- Items as many as a small shop has, with stock that no run exhausts.
CREATE TABLE items (
  sku text PRIMARY KEY,
  stock int NOT NULL CHECK (stock >= 0)
);
INSERT INTO items SELECT 'sku' || n, 1000000000 FROM generate_series(1, 1000) AS n;

CREATE TABLE orders (
  id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  status text NOT NULL,
  total bigint NOT NULL,
  submitted_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz
);

CREATE TABLE order_lines (
  order_id uuid NOT NULL,
  line smallint NOT NULL,
  sku text NOT NULL,
  qty int NOT NULL,
  price bigint NOT NULL,
  PRIMARY KEY (order_id, line)
);

CREATE TABLE reservations (
  order_id uuid PRIMARY KEY,
  state text NOT NULL,
  lines jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE payments (
  order_id uuid PRIMARY KEY,
  amount bigint NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shipments (
  order_id uuid PRIMARY KEY,
  tracking text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  aggregatetype text NOT NULL,
  aggregateid uuid NOT NULL,
  type text NOT NULL,
  payload bytea NOT NULL
);
