UPDATE users SET role = 'customer', rights_version = rights_version + 1 WHERE role = 'observer';
ALTER TABLE users
  /*M! MODIFY role VARCHAR(16) NOT NULL CHECK (role IN ('customer', 'operator')) */
  /*!80019 DROP CONSTRAINT users_chk_1, ADD CONSTRAINT users_chk_1 CHECK (role IN ('customer', 'operator')) */;
