SELECT
    flights.airline_key,
    airlines.airline_name,
    airlines.airline_iata,
    count(*) AS flights,
    count(flights.gate_arrival_delay_minutes) AS timed,
    sum(CASE WHEN flights.gate_arrival_delay_minutes < 15 THEN 1 ELSE 0 END) AS on_time,
    avg(CAST(flights.gate_arrival_delay_minutes AS DOUBLE)) AS mean_delay,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(flights.gate_arrival_delay_minutes AS DOUBLE)) AS median_delay,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(flights.gate_arrival_delay_minutes AS DOUBLE)) AS p90_delay,
    sum(CASE WHEN flights.outcome = 'cancelled' THEN 1 ELSE 0 END) AS cancelled,
    sum(CASE WHEN flights.outcome = 'diverted' THEN 1 ELSE 0 END) AS diverted,
    sum(CASE WHEN flights.outcome = 'unresolved' THEN 1 ELSE 0 END) AS unresolved,
    sum(CASE WHEN flights.outcome = 'pending' THEN 1 ELSE 0 END) AS pending
FROM marts.fct_flights AS flights
INNER JOIN marts.dim_airlines AS airlines ON flights.airline_key = airlines.airline_key
WHERE flights.flight_date BETWEEN ? AND ? AND NOT flights.is_other_operator
GROUP BY flights.airline_key, airlines.airline_name, airlines.airline_iata
ORDER BY flights DESC, airlines.airline_name ASC
