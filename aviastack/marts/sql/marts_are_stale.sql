-- Loads that the marts have not seen, or flights that were pending when they were built and whose date has settled since.
SELECT
    (SELECT count(*) FROM {loads}) != (SELECT coalesce(sum(loads), 0) FROM {marts}.data_freshness)
    OR (SELECT max(loaded_at) FROM {loads}) > (SELECT max(last_loaded_at) FROM {marts}.data_freshness)
    OR EXISTS (SELECT 1 FROM {marts}.fct_flights WHERE outcome = 'pending' AND flight_date <= ?)
