-- An older sighting never overwrites a newer one; an equal row only advances its last sighting.
MERGE INTO {target} AS t
USING {staged} AS s
    ON {matched}
WHEN MATCHED
    AND (s._extracted_at > t._extracted_at OR (s._extracted_at = t._extracted_at AND s._run_id >= t._run_id))
    AND (t._removed_at IS NOT NULL OR {changed})
    THEN UPDATE SET {content}, _removed_at = NULL, _loaded_at = :loaded_at
WHEN MATCHED
    AND (s._extracted_at > t._extracted_at OR (s._extracted_at = t._extracted_at AND s._run_id > t._run_id))
    THEN UPDATE SET {sighting}
WHEN NOT MATCHED
    THEN INSERT ({columns}, _removed_at, _loaded_at) VALUES ({values}, NULL, :loaded_at);
