-- The remaining newer sightings equal their rows: only the last sighting advances.
UPDATE {target} AS t
SET {sighting}
FROM {staged} AS s
WHERE
    {matched}
    AND (s._extracted_at > t._extracted_at OR (s._extracted_at = t._extracted_at AND s._run_id > t._run_id));
