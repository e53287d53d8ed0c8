-- One order from creation to completion in plain SQL: seven transactions, each with its event of 150 bytes.
-- The last statement does the relay's work: published events leave the outbox.
\set first random(1, 1000)
\set distance random(1, 999)
\set second 1 + (:first - 1 + :distance) % 1000
SELECT gen_random_uuid() AS order_id, gen_random_uuid() AS customer_id,
  least('sku' || :first, 'sku' || :second) AS sku1, greatest('sku' || :first, 'sku' || :second) AS sku2 \gset

-- create
BEGIN;
INSERT INTO orders (id, customer_id, status, total, submitted_at)
  VALUES (:order_id::uuid, :customer_id::uuid, 'created', 3000, clock_timestamp());
INSERT INTO order_lines (order_id, line, sku, qty, price)
  VALUES (:order_id::uuid, 1, :sku1, 1, 1000), (:order_id::uuid, 2, :sku2, 2, 1000);
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('order', :order_id::uuid, 'order.created', decode(repeat('ab', 150), 'hex')) RETURNING id AS event1 \gset
COMMIT;

-- reserve: in sku order, so that two orders never deadlock
BEGIN;
INSERT INTO reservations (order_id, state, lines)
  VALUES (:order_id::uuid, 'held', '[{"sku":"a","qty":1},{"sku":"b","qty":2}]') ON CONFLICT DO NOTHING;
UPDATE items SET stock = stock - 1 WHERE sku = :sku1 AND stock >= 1;
UPDATE items SET stock = stock - 2 WHERE sku = :sku2 AND stock >= 2;
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('inventory', :order_id::uuid, 'stock.reserved', decode(repeat('ab', 150), 'hex')) RETURNING id AS event2 \gset
COMMIT;

-- charge
BEGIN;
INSERT INTO payments (order_id, amount, state) VALUES (:order_id::uuid, 3000, 'captured') ON CONFLICT DO NOTHING;
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('payment', :order_id::uuid, 'payment.succeeded', decode(repeat('ab', 150), 'hex')) RETURNING id AS event3 \gset
COMMIT;

-- accept
BEGIN;
UPDATE orders SET status = 'accepted' WHERE id = :order_id::uuid AND status = 'created';
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('order', :order_id::uuid, 'order.accepted', decode(repeat('ab', 150), 'hex')) RETURNING id AS event4 \gset
COMMIT;

-- ship
BEGIN;
INSERT INTO shipments (order_id, tracking) VALUES (:order_id::uuid, 'trk-0000000001') ON CONFLICT DO NOTHING;
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('shipping', :order_id::uuid, 'shipment.shipped', decode(repeat('ab', 150), 'hex')) RETURNING id AS event5 \gset
COMMIT;

-- commit the stock
BEGIN;
UPDATE reservations SET state = 'committed' WHERE order_id = :order_id::uuid AND state = 'held';
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('inventory', :order_id::uuid, 'stock.committed', decode(repeat('ab', 150), 'hex')) RETURNING id AS event6 \gset
COMMIT;

-- complete
BEGIN;
UPDATE orders SET status = 'completed', completed_at = clock_timestamp() WHERE id = :order_id::uuid AND status = 'accepted';
INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
  VALUES ('order', :order_id::uuid, 'order.completed', decode(repeat('ab', 150), 'hex')) RETURNING id AS event7 \gset
COMMIT;

DELETE FROM outbox WHERE id IN (:event1, :event2, :event3, :event4, :event5, :event6, :event7);
