-- The sweep looks for sessions that somebody has ended.
CREATE INDEX sessions_by_end ON sessions (revoked_at);
