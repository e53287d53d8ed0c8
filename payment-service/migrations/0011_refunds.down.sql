DROP TABLE simulated_refunds;
DROP TABLE refunds;
DROP INDEX attempts_refunds_answered;
DROP INDEX payments_refunded_elsewhere;
ALTER TABLE simulated_provider DROP COLUMN token;
ALTER TABLE attempts DROP COLUMN refund_id;
ALTER TABLE payments DROP COLUMN refunded;
