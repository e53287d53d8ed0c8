-- A hundred orders from creation to completion in plain SQL: the same seven transactions, one statement a step for all of them.
-- An order's id is the hash of its batch and its number, so that no step has to read what an earlier one made.
\set batch random(1, 1000000000000)

-- create
BEGIN;
INSERT INTO orders (id, customer_id, status, total, submitted_at)
  SELECT md5(:batch || '-' || n)::uuid, gen_random_uuid(), 'created', 3000, clock_timestamp() FROM generate_series(1, 100) AS n;
INSERT INTO order_lines (order_id, line, sku, qty, price)
  SELECT md5(:batch || '-' || n)::uuid, line, 'sku' || (1 + (n * 7 + line * 13 + :batch::bigint) % 1000), line, 1000
  FROM generate_series(1, 100) AS n, generate_series(1, 2) AS line;
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'order', md5(:batch || '-' || n)::uuid, 'order.created', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events1 FROM sent \gset
COMMIT;

-- reserve: items are locked in sku order, so that two batches never deadlock
BEGIN;
INSERT INTO reservations (order_id, state, lines)
  SELECT md5(:batch || '-' || n)::uuid, 'held', '[{"sku":"a","qty":1},{"sku":"b","qty":2}]' FROM generate_series(1, 100) AS n ON CONFLICT DO NOTHING;
WITH wanted AS (
  SELECT 'sku' || (1 + (n * 7 + line * 13 + :batch::bigint) % 1000) AS sku, sum(line)::int AS qty
  FROM generate_series(1, 100) AS n, generate_series(1, 2) AS line GROUP BY 1),
locked AS MATERIALIZED (
  SELECT items.sku, wanted.qty FROM items JOIN wanted USING (sku) ORDER BY items.sku FOR UPDATE OF items)
UPDATE items SET stock = stock - locked.qty FROM locked WHERE items.sku = locked.sku AND items.stock >= locked.qty;
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'inventory', md5(:batch || '-' || n)::uuid, 'stock.reserved', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events2 FROM sent \gset
COMMIT;

-- charge
BEGIN;
INSERT INTO payments (order_id, amount, state)
  SELECT md5(:batch || '-' || n)::uuid, 3000, 'captured' FROM generate_series(1, 100) AS n ON CONFLICT DO NOTHING;
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'payment', md5(:batch || '-' || n)::uuid, 'payment.succeeded', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events3 FROM sent \gset
COMMIT;

-- accept
BEGIN;
UPDATE orders SET status = 'accepted' FROM generate_series(1, 100) AS n WHERE id = md5(:batch || '-' || n)::uuid AND status = 'created';
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'order', md5(:batch || '-' || n)::uuid, 'order.accepted', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events4 FROM sent \gset
COMMIT;

-- ship
BEGIN;
INSERT INTO shipments (order_id, tracking)
  SELECT md5(:batch || '-' || n)::uuid, 'trk-0000000001' FROM generate_series(1, 100) AS n ON CONFLICT DO NOTHING;
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'shipping', md5(:batch || '-' || n)::uuid, 'shipment.shipped', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events5 FROM sent \gset
COMMIT;

-- commit the stock
BEGIN;
UPDATE reservations SET state = 'committed' FROM generate_series(1, 100) AS n WHERE order_id = md5(:batch || '-' || n)::uuid AND state = 'held';
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'inventory', md5(:batch || '-' || n)::uuid, 'stock.committed', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events6 FROM sent \gset
COMMIT;

-- complete
BEGIN;
UPDATE orders SET status = 'completed', completed_at = clock_timestamp() FROM generate_series(1, 100) AS n
  WHERE id = md5(:batch || '-' || n)::uuid AND status = 'accepted';
WITH sent AS (
  INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  SELECT 'order', md5(:batch || '-' || n)::uuid, 'order.completed', decode(repeat('ab', 150), 'hex') FROM generate_series(1, 100) AS n RETURNING id)
SELECT array_agg(id)::text AS events7 FROM sent \gset
COMMIT;

DELETE FROM outbox WHERE id = ANY (
  (:events1::bigint[]) || (:events2::bigint[]) || (:events3::bigint[]) || (:events4::bigint[])
  || (:events5::bigint[]) || (:events6::bigint[]) || (:events7::bigint[]));
