DROP SEQUENCE ended_orders;
