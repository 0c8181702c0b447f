ALTER TABLE {table} ADD COLUMN {declared};
