"""Tables: the files that a manifest names, loaded into DuckDB or Snowflake, all of them or none."""
