-- Departures by the airport's own clock; airports without taxi figures are left out, because their gate times are assumed.
SELECT
    flights.airline_key,
    flights.departure_airport_key,
    airports.airport_name,
    CAST(extract(HOUR FROM flights.departure_scheduled_local) AS INTEGER) AS local_hour,
    count(*) AS flights,
    count(flights.gate_departure_delay_minutes) AS timed,
    sum(CASE WHEN flights.takeoff_delay_minutes < 15 THEN 1 ELSE 0 END) AS runway,
    sum(CASE WHEN flights.gate_departure_delay_minutes < 15 THEN 1 ELSE 0 END) AS median,
    sum(CASE WHEN flights.gate_departure_delay_minutes_p80 < 15 THEN 1 ELSE 0 END) AS p80
FROM marts.fct_flights AS flights
INNER JOIN marts.dim_airports AS airports ON flights.departure_airport_key = airports.airport_key
WHERE
    flights.flight_date BETWEEN ? AND ? {only}
    AND flights.departure_scheduled_local IS NOT NULL
    AND flights.departure_gate_times != 'assumed'
    AND NOT flights.is_other_operator
GROUP BY
    flights.airline_key,
    flights.departure_airport_key,
    airports.airport_name,
    extract(HOUR FROM flights.departure_scheduled_local)
ORDER BY flights.departure_airport_key ASC, local_hour ASC, flights.airline_key ASC
