SELECT
    airline_key,
    flight_date,
    timed_arrivals,
    assumed_arrivals,
    touchdown_on_time_arrivals,
    gate_on_time_arrivals,
    gate_on_time_arrivals_p80
FROM marts.airline_daily_performance
WHERE flight_date BETWEEN ? AND ? AND NOT is_other_operator
ORDER BY flight_date ASC, airline_key ASC
