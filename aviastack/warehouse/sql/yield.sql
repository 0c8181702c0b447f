-- A newer complete load decides the rows that it covers. A load is newer than a row by (as of, run id).
DELETE FROM {staged}
USING (
    SELECT
        run_id,
        as_of,
        {coverage}
    FROM {loads}
    WHERE endpoint = :endpoint AND complete AND run_id <> :run_id AND as_of >= :as_of
) AS n
WHERE
    {covered}
    AND (_extracted_at < n.as_of OR (_extracted_at = n.as_of AND _run_id < n.run_id));
