-- An older sighting never overwrites a newer one.
UPDATE {target} AS t
SET {content}, _removed_at = NULL, _loaded_at = :loaded_at
FROM {staged} AS s
WHERE
    {matched}
    AND (s._extracted_at > t._extracted_at OR (s._extracted_at = t._extracted_at AND s._run_id >= t._run_id))
    AND (t._removed_at IS NOT NULL OR {changed});
