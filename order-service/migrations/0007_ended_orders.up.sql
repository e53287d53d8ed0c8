-- Counts the orders that ended by the answer of another service; the intake reads its rate. A sequence, because no
-- transaction waits for it. Orders of a transaction that is rolled back are counted too.
CREATE SEQUENCE ended_orders;
