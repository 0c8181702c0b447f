-- Flights that another airline operates under an airline's number.
SELECT
    airline_key,
    count(*) AS flights
FROM marts.fct_flights
WHERE flight_date BETWEEN ? AND ? {only} AND is_other_operator
GROUP BY airline_key
