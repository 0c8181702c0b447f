SELECT
    max(last_as_of) AS last_as_of,
    max(last_loaded_at) AS last_loaded_at,
    max(built_at) AS built_at,
    max(source) AS source,
    max(own_taxi_times) AS own_taxi_times
FROM marts.data_freshness
WHERE endpoint = 'flights'
