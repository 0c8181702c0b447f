SELECT
    schema_name AS "schema",
    table_name AS "table",
    column_name AS "column",
    data_type AS "type",
    comment
FROM duckdb_columns()
WHERE database_name = current_database() AND list_contains(:schemas, schema_name)
ORDER BY schema_name, table_name, column_index;
