-- Over a range of dates, from the flights themselves: shares and percentiles of days can't be averaged.
SELECT
    airlines.airline_name,
    count(*) AS flights,
    count(flights.gate_arrival_delay_minutes) AS timed,
    CAST(sum(CASE WHEN flights.gate_arrival_delay_minutes < 15 THEN 1 ELSE 0 END) AS DOUBLE)
    / nullif(count(flights.gate_arrival_delay_minutes), 0) AS on_time_share,
    CAST(sum(CASE WHEN flights.gate_arrival_delay_minutes_p80 < 15 THEN 1 ELSE 0 END) AS DOUBLE)
    / nullif(count(flights.gate_arrival_delay_minutes), 0) AS on_time_share_p80,
    avg(CAST(flights.gate_arrival_delay_minutes AS DOUBLE)) AS mean_delay,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(flights.gate_arrival_delay_minutes AS DOUBLE)) AS p90_delay,
    sum(CASE WHEN flights.outcome = 'cancelled' THEN 1 ELSE 0 END) AS cancelled,
    sum(CASE WHEN flights.outcome = 'diverted' THEN 1 ELSE 0 END) AS diverted,
    sum(CASE WHEN flights.outcome = 'unresolved' THEN 1 ELSE 0 END) AS unresolved
FROM {marts}.fct_flights AS flights
INNER JOIN {marts}.dim_airlines AS airlines ON flights.airline_key = airlines.airline_key
WHERE flights.flight_date BETWEEN ? AND ? AND NOT flights.is_other_operator
GROUP BY airlines.airline_name, flights.airline_key
ORDER BY count(*) DESC, airlines.airline_name ASC
