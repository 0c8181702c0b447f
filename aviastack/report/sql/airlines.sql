SELECT
    flights.airline_key,
    airlines.airline_name,
    airlines.airline_iata,
    count(*) AS flights,
    count(flights.gate_arrival_delay_minutes) AS timed_arrivals,
    sum(CASE WHEN flights.arrival_gate_times = 'assumed' AND flights.gate_arrival_delay_minutes IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN flights.touchdown_delay_minutes < 15 THEN 1 ELSE 0 END) AS touchdown_on_time,
    sum(CASE WHEN flights.gate_arrival_delay_minutes < 15 THEN 1 ELSE 0 END) AS arrival_on_time,
    sum(CASE WHEN flights.gate_arrival_delay_minutes_p80 < 15 THEN 1 ELSE 0 END) AS arrival_on_time_p80,
    count(flights.gate_departure_delay_minutes) AS timed_departures,
    sum(CASE WHEN flights.departure_gate_times = 'assumed' AND flights.gate_departure_delay_minutes IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN flights.takeoff_delay_minutes < 15 THEN 1 ELSE 0 END) AS takeoff_on_time,
    sum(CASE WHEN flights.gate_departure_delay_minutes < 15 THEN 1 ELSE 0 END) AS departure_on_time,
    sum(CASE WHEN flights.gate_departure_delay_minutes_p80 < 15 THEN 1 ELSE 0 END) AS departure_on_time_p80,
    avg(CASE WHEN flights.gate_arrival_delay_minutes IS NOT NULL THEN greatest(flights.gate_arrival_delay_minutes, 0) END) AS mean_late,
    sum(CASE WHEN flights.gate_arrival_delay_minutes > 60 THEN 1 ELSE 0 END) AS arrivals_over_60,
    sum(CASE WHEN flights.gate_arrival_delay_minutes > 180 THEN 1 ELSE 0 END) AS arrivals_over_180,
    sum(CASE WHEN flights.gate_departure_delay_minutes > 60 THEN 1 ELSE 0 END) AS departures_over_60,
    sum(CASE WHEN flights.gate_departure_delay_minutes > 180 THEN 1 ELSE 0 END) AS departures_over_180,
    sum(CASE WHEN flights.outcome = 'cancelled' THEN 1 ELSE 0 END) AS cancelled,
    sum(CASE WHEN flights.outcome = 'diverted' THEN 1 ELSE 0 END) AS diverted,
    sum(CASE WHEN flights.outcome = 'unresolved' THEN 1 ELSE 0 END) AS unresolved,
    sum(CASE WHEN flights.outcome = 'unresolved' AND flights.gate_departure_delay_minutes >= 60 THEN 1 ELSE 0 END) AS left_late,
    sum(CASE WHEN flights.outcome = 'pending' THEN 1 ELSE 0 END) AS pending
FROM marts.fct_flights AS flights
INNER JOIN marts.dim_airlines AS airlines ON flights.airline_key = airlines.airline_key
WHERE flights.flight_date BETWEEN ? AND ? {only} AND NOT flights.is_other_operator
GROUP BY flights.airline_key, airlines.airline_name, airlines.airline_iata
ORDER BY flights DESC, airlines.airline_name ASC
