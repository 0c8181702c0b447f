-- Departures per quarter of an hour at the gate; the ends gather an hour early and more, three hours late and more.
SELECT
    airline_key,
    least(180, greatest(-60, CAST(floor(gate_departure_delay_minutes / 15.0) * 15 AS INTEGER))) AS minutes,
    count(*) AS flights
FROM marts.fct_flights
WHERE flight_date BETWEEN ? AND ? {only} AND NOT is_other_operator AND gate_departure_delay_minutes IS NOT NULL
GROUP BY airline_key, least(180, greatest(-60, CAST(floor(gate_departure_delay_minutes / 15.0) * 15 AS INTEGER)))
ORDER BY airline_key ASC, minutes ASC
