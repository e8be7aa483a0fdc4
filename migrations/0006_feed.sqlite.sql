-- Every event has a number on PostgreSQL; here its rowid is one: transactions write one after the other.

SELECT 1;
