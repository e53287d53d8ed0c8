DROP TABLE last_events;
