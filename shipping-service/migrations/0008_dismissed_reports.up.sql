-- An operator has seen that the report is about no shipment of ours; it waits no more, and stays as the claim of its id.
ALTER TABLE carrier_reports ADD COLUMN dismissed_at timestamptz;
