COMMENT ON TABLE {table} IS {about};
