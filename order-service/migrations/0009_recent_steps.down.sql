DROP INDEX repeated_steps_by_time;
DROP INDEX timeline_by_time;
