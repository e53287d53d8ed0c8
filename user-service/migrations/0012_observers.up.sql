-- Who sees everything and changes nothing. MariaDB and MySQL name and change the check of a column each in its own way.
ALTER TABLE users
  /*M! MODIFY role VARCHAR(16) NOT NULL CHECK (role IN ('customer', 'observer', 'operator')) */
  /*!80019 DROP CONSTRAINT users_chk_1, ADD CONSTRAINT users_chk_1 CHECK (role IN ('customer', 'observer', 'operator')) */;
