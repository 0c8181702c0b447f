-- Rows that a complete run covers, that were last seen before it, and that it no longer has.
UPDATE {target}
SET _removed_at = :loaded_at, _loaded_at = :loaded_at
WHERE
    {covered}
    AND _removed_at IS NULL
    AND (_extracted_at < :as_of OR (_extracted_at = :as_of AND _run_id < :run_id))
    AND NOT EXISTS (SELECT 1 FROM {staged} AS s WHERE s.{key} = {target}.{key});
