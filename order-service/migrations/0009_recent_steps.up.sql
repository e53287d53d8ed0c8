-- What happened in the last minute, for GET /order-steps. BRIN, because steps are written in the order of their time: it
-- costs a write next to nothing, and takes a thousandth of the room of a B-tree.
CREATE INDEX timeline_by_time ON timeline USING brin (at) WITH (autosummarize = on);
CREATE INDEX repeated_steps_by_time ON repeated_steps USING brin (at) WITH (autosummarize = on);
