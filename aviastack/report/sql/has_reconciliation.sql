SELECT count(*)
FROM information_schema.columns
WHERE
    table_catalog = current_database()
    AND lower(table_schema) = 'reference'
    AND lower(table_name) = 'bts_reconciliation'
    AND lower(column_name) = 'own_taxi_times'
