-- The staged rows that no newer complete load covers. A load is newer than a row by (as of, run id).
SELECT s.*
FROM {staged} AS s
LEFT JOIN (
    SELECT
        run_id,
        as_of,
        {coverage}
    FROM {loads}
    WHERE endpoint = :endpoint AND complete AND run_id <> :run_id AND as_of >= :as_of
) AS n
    ON
        {covered}
        AND (s._extracted_at < n.as_of OR (s._extracted_at = n.as_of AND s._run_id < n.run_id))
WHERE n.run_id IS NULL
