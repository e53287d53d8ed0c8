-- What refresh tokens are made from, and why a session ended. Without keys: the release before began the session.
ALTER TABLE sessions
  ADD COLUMN mark_key      CHAR(43), -- marks its refresh tokens, so that an old one is told from a guess
  ADD COLUMN successor_key CHAR(43), -- with the token before it, gives the token that is good now
  ADD COLUMN end_reason    VARCHAR(16); -- as in session.revoked
