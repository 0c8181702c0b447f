-- Flights of a range of dates, with the clocks and estimates that a BTS file is compared with.
SELECT
    flights.flight_date,
    airlines.airline_iata,
    flights.flight_number,
    flights.departure_airport_key,
    flights.arrival_airport_key,
    flights.outcome,
    flights.departure_scheduled_local,
    flights.takeoff_local,
    flights.touchdown_local,
    CAST(flights.takeoff_delay_minutes AS DOUBLE) AS takeoff_delay,
    CAST(flights.touchdown_delay_minutes AS DOUBLE) AS touchdown_delay,
    flights.gate_departure_delay_minutes,
    flights.gate_departure_delay_minutes_p80,
    flights.gate_arrival_delay_minutes,
    flights.gate_arrival_delay_minutes_p80
FROM {marts}.fct_flights AS flights
INNER JOIN {marts}.dim_airlines AS airlines ON flights.airline_key = airlines.airline_key
WHERE
    flights.flight_date BETWEEN ? AND ?
    AND airlines.airline_iata IS NOT NULL
    AND flights.flight_number IS NOT NULL
    AND flights.departure_airport_key IS NOT NULL
    AND flights.arrival_airport_key IS NOT NULL
    AND NOT flights.is_other_operator
