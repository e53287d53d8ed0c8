-- What gets on is noted in updated_at several times in an order's life. Without an index on it, and with room in the page, PostgreSQL
-- changes the row in place (a heap-only tuple) and writes no index; those in progress are few, so that a look through them is cheap.
CREATE INDEX orders_by_progress ON orders (id) WHERE status IN ('pending', 'accepted');
DROP INDEX orders_in_progress;
ALTER TABLE orders SET (fillfactor = 70);
