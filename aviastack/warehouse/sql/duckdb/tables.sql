SELECT
    shown.schema_name AS "schema",
    shown.table_name AS "table",
    shown.column_count AS "columns",
    shown.comment
FROM (
    SELECT database_name, schema_name, table_name, column_count, comment
    FROM duckdb_tables()
    UNION ALL
    SELECT database_name, schema_name, view_name, column_count, comment
    FROM duckdb_views()
) AS shown
WHERE shown.database_name = current_database() AND list_contains(:schemas, shown.schema_name)
ORDER BY shown.schema_name, shown.table_name;
