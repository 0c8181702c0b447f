SELECT
    t.table_schema AS "schema",
    t.table_name AS "table",
    (
        SELECT count(*)
        FROM information_schema.columns AS c
        WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name
    ) AS "columns",
    t.comment AS "comment"
FROM information_schema.tables AS t
WHERE t.table_schema IN (:loads, :marts)
ORDER BY t.table_schema, t.table_name;
