COMMENT ON COLUMN {table}.{column} IS {about};
