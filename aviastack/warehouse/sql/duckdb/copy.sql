-- Columns are matched by name; those that the table does not know are left out, as Snowflake's COPY leaves them out.
INSERT INTO {staged} BY NAME
SELECT COLUMNS(lambda c: list_contains(:columns, lower(c)))
FROM read_parquet(:addresses, hive_partitioning = false, union_by_name = true);
