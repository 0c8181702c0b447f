SELECT
    airline_key,
    flight_date,
    count(gate_arrival_delay_minutes) AS timed,
    sum(CASE WHEN gate_arrival_delay_minutes < 15 THEN 1 ELSE 0 END) AS on_time
FROM marts.fct_flights
WHERE flight_date BETWEEN ? AND ? AND NOT is_other_operator
GROUP BY airline_key, flight_date
ORDER BY flight_date ASC, airline_key ASC
