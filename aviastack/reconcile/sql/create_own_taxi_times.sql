CREATE OR REPLACE TABLE {table} (
    airport_iata VARCHAR,
    direction VARCHAR,
    median_minutes DOUBLE,
    p20_minutes DOUBLE,
    p80_minutes DOUBLE,
    flights BIGINT,
    period VARCHAR,
    source VARCHAR
);
