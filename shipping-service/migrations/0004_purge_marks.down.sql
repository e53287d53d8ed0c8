DROP TABLE purge_marks;
