-- Who was asked for, in these dates: what the page is about where nobody says otherwise.
SELECT DISTINCT airline_key
FROM marts.data_completeness
WHERE flight_date BETWEEN ? AND ? AND airline_key IS NOT NULL
