"""Loads the files named in a manifest into tables of DuckDB or Snowflake, all of them or none."""
