-- How far retention has passed, one row; docs/retention.md. Orders with an id before `..._before`, except those in
-- `..._kept`: of `details` events are ignored, `orders` are deleted whole.
CREATE TABLE purge_marks (
  is_only_row    boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  details_before uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  details_kept   uuid[] NOT NULL DEFAULT '{}',
  orders_before  uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  orders_kept    uuid[] NOT NULL DEFAULT '{}',
  version        int NOT NULL DEFAULT 0, -- ce_sequence of the retention.passed that it comes from
  newest_payment uuid, -- the greatest id of a payment that was deleted: in the provider's ledger it is still there
  updated_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO purge_marks DEFAULT VALUES; -- from the start: handlers lock it
