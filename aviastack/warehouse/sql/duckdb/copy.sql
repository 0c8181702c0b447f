-- Columns are matched by name; those that the table lacks are ignored, as in Snowflake's COPY.
INSERT INTO {staged} BY NAME
SELECT COLUMNS(lambda c: list_contains(:columns, lower(c)))
FROM read_parquet(:addresses, hive_partitioning = false, union_by_name = true);
