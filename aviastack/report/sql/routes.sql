SELECT
    airline_key,
    departure_airport_key,
    arrival_airport_key,
    count(*) AS flights,
    count(gate_arrival_delay_minutes) AS timed,
    sum(CASE WHEN arrival_gate_times = 'assumed' AND gate_arrival_delay_minutes IS NOT NULL THEN 1 ELSE 0 END) AS assumed,
    sum(CASE WHEN touchdown_delay_minutes < 15 THEN 1 ELSE 0 END) AS runway,
    sum(CASE WHEN gate_arrival_delay_minutes < 15 THEN 1 ELSE 0 END) AS median,
    sum(CASE WHEN gate_arrival_delay_minutes_p80 < 15 THEN 1 ELSE 0 END) AS p80,
    sum(CASE WHEN outcome = 'cancelled' THEN 1 ELSE 0 END) AS cancelled
FROM marts.fct_flights
WHERE flight_date BETWEEN ? AND ? {only} AND NOT is_other_operator
GROUP BY airline_key, departure_airport_key, arrival_airport_key
ORDER BY airline_key ASC, departure_airport_key ASC, arrival_airport_key ASC
