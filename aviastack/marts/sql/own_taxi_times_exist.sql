SELECT count(*)
FROM information_schema.tables
WHERE lower(table_schema) = 'reference' AND lower(table_name) = 'own_taxi_times'
