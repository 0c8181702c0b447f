-- Rows that this load inserted or changed; MERGE's own count of updates includes those that only advanced.
SELECT count(*) AS stamped
FROM {target}
WHERE _loaded_at = :loaded_at AND _run_id = :run_id AND {within};
