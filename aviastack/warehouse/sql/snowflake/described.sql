SELECT
    table_schema AS "schema",
    table_name AS "table",
    column_name AS "column",
    data_type AS "type",
    comment AS "comment"
FROM information_schema.columns
WHERE table_schema IN (:loads, :marts)
ORDER BY table_schema, table_name, ordinal_position;
