SELECT
    airline_key,
    flight_date,
    count(arrival_delay_minutes) AS timed,
    sum(CASE WHEN is_arrival_on_time THEN 1 ELSE 0 END) AS on_time
FROM marts.fct_flights
WHERE flight_date BETWEEN ? AND ?
GROUP BY airline_key, flight_date
ORDER BY flight_date ASC, airline_key ASC
