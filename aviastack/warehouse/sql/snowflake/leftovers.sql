-- The names of loads' own tables begin with their creation time. STARTS WITH is case-sensitive.
SHOW TERSE TABLES IN SCHEMA {schema} STARTS WITH {prefix};
