DROP TABLE attempts;
DROP TABLE payments;
