-- The same for its rows: they were seen when they were loaded at the latest.
UPDATE {target}
SET _extracted_at = _loaded_at
WHERE {within} AND _extracted_at > :latest;
