-- The type with its limits if they are narrower than the values that a load writes.
SELECT
    table_name,
    column_name,
    CASE
        WHEN data_type = 'TEXT' AND character_maximum_length < 16777216
            THEN 'VARCHAR(' || character_maximum_length || ')'
        WHEN data_type = 'NUMBER' THEN 'NUMBER(' || numeric_precision || ', ' || numeric_scale || ')'
        ELSE data_type
    END AS shown
FROM information_schema.columns
WHERE table_schema = :schema
ORDER BY table_name, ordinal_position;
