SELECT count(*)
FROM information_schema.tables
WHERE lower(table_schema) = 'marts' AND lower(table_name) = 'data_freshness'
