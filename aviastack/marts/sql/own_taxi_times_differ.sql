-- Whether the marts were built with other taxi times than these, or with none.
SELECT coalesce(
    (SELECT max(period) || ', ' || CAST(CAST(sum(flights) AS BIGINT) AS VARCHAR) || ' taxi times' FROM {own_taxi_times})
    != (SELECT max(own_taxi_times) FROM {marts}.data_freshness),
    (SELECT max(own_taxi_times) FROM {marts}.data_freshness) IS NULL
    AND EXISTS (SELECT 1 FROM {own_taxi_times})
)
