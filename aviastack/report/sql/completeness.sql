SELECT
    flight_date,
    airline_name,
    expected_slices,
    complete_slices,
    settled_slices,
    incomplete_slices,
    missing_slices,
    last_as_of
FROM marts.data_completeness
WHERE flight_date BETWEEN ? AND ?
ORDER BY airline_name ASC, flight_date ASC
