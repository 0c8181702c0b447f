-- The partners requested for these dates: the airlines of the page unless others are named.
SELECT DISTINCT airline_key
FROM marts.data_completeness
WHERE flight_date BETWEEN ? AND ? AND airline_key IS NOT NULL
