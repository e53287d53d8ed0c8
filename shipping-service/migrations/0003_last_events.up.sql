-- The last event of each aggregate, as the relay sent it: POST /orders/:id/resend puts it into the outbox again when
-- retention has deleted it from its topic before it was handled. docs/decisions/0014.
CREATE TABLE last_events (
  aggregateid   text PRIMARY KEY,
  event_id      uuid NOT NULL,
  aggregatetype text NOT NULL,
  type          text NOT NULL,
  sequence      int NOT NULL,
  time          timestamptz NOT NULL,
  traceparent   text,
  payload       json NOT NULL
) WITH (fillfactor = 80); -- room for the next event beside it: no index is touched
