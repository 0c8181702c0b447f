SELECT
    count(*) AS staged_rows,
    count(CASE WHEN _run_id <> :run_id THEN 1 END) AS foreign_rows,
    count(DISTINCT {key}) AS distinct_keys,
    min(_extracted_at) AS oldest,
    min({dated}) AS first_date,
    max({dated}) AS last_date,
    {filled}
FROM {staged};
