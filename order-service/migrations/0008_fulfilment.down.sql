DROP TABLE repeated_steps;
ALTER TABLE timeline DROP COLUMN ref;
DROP INDEX orders_that_may_be_late;
CREATE INDEX orders_by_progress ON orders (id) WHERE status IN ('pending', 'accepted');
DROP INDEX orders_under_way;
DROP TABLE manual_shipments, cancel_requests, order_returns, counted_shipments;
ALTER TABLE orders DROP COLUMN late_at, DROP COLUMN allocations, DROP COLUMN is_paid, DROP COLUMN has_lines;
DROP TABLE order_lines;
