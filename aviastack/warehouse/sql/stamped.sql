-- Rows that this load inserted or changed.
SELECT count(*) FROM {target}
WHERE _loaded_at = :loaded_at AND _run_id = :run_id AND {within};
