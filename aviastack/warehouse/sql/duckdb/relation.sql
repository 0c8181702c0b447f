SELECT column_name
FROM information_schema.columns
WHERE table_catalog = current_database() AND lower(table_schema) = :schema AND lower(table_name) = :relation
ORDER BY ordinal_position;
