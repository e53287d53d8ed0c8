-- How many orders another service's answer has ended: completed, rejected by the stock, payment failed. A sequence, as no
-- transaction waits for another's; one that is rolled back has counted all the same. The intake reads how fast it grows.
CREATE SEQUENCE ended_orders;
