DROP TABLE movements;
DROP TABLE reservations;
DROP TABLE claims;
DROP TABLE items;
