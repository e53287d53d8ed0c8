-- In each of the four databases, as the owner of its tables. The role is made once for all, by a superuser:
-- CREATE ROLE debezium LOGIN REPLICATION PASSWORD '…';
-- GRANT CONNECT ON DATABASE orders, inventory, payments, shipping TO debezium;
GRANT SELECT ON outbox TO debezium;
CREATE PUBLICATION docket_outbox FOR TABLE outbox WITH (publish = 'insert');
