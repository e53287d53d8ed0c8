ALTER TABLE orders RESET (fillfactor);
CREATE INDEX orders_in_progress ON orders (updated_at) WHERE status IN ('pending', 'accepted');
DROP INDEX orders_by_progress;
