-- The taxi times of the user's own that the marts were built with.
SELECT max(own_taxi_times) AS own_taxi_times
FROM {marts}.data_freshness
