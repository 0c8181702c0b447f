SELECT
    min(flight_date) AS first_date,
    max(flight_date) AS last_date
FROM marts.fct_flights
