-- Who may log in, and since when it holds.
ALTER TABLE users
  ADD COLUMN rights_version INT NOT NULL DEFAULT 1, -- counted up by what takes or gives rights; tokens name it
  ADD COLUMN disabled_at    DATETIME(3), -- no login since then
  ADD COLUMN one_use_until  DATETIME(3); -- the password is good for choosing another, until then
