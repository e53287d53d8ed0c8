DROP TABLE catalogue;
DROP TABLE timeline;
DROP TABLE orders;
