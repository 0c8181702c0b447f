SELECT
    count(CASE WHEN _run_id = :run_id OR _extracted_at >= :as_of THEN 1 END) AS held,
    count(CASE WHEN _run_id <> :run_id AND _extracted_at < :as_of AND _removed_at IS NULL THEN 1 END) AS left_over
FROM {target}
WHERE {covered};
