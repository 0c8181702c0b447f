"""The marts that dbt builds from the loaded rows, and whether they are up to date."""
