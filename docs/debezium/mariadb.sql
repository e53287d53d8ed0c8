-- As root, after: CREATE USER debezium IDENTIFIED BY '…';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO debezium;
GRANT SELECT ON users.outbox TO debezium;
