DROP INDEX movements_by_order;
DROP TABLE purged_stock;
DROP TABLE purge_marks;
