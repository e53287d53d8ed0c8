DROP TABLE last_events;
DROP TABLE idempotency_keys;
DROP TABLE outbox;
