-- The time on record is earlier than the manifest's if a load corrected what a wrong clock said.
SELECT
    count(CASE WHEN _run_id = :run_id OR _extracted_at >= run.as_of THEN 1 END) AS held,
    count(CASE WHEN _run_id <> :run_id AND _extracted_at < run.as_of AND _removed_at IS NULL THEN 1 END) AS left_over
FROM {target}
CROSS JOIN (
    SELECT coalesce(min(as_of), CAST(:as_of AS TIMESTAMP)) AS as_of
    FROM {loads}
    WHERE run_id = :run_id
) AS run
WHERE {covered};
