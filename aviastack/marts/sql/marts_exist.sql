-- Marts without this column are of an older version, and are built anew.
SELECT count(*)
FROM information_schema.columns
WHERE lower(table_schema) = 'marts' AND lower(table_name) = 'data_freshness' AND lower(column_name) = 'own_taxi_times'
