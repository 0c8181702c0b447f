-- The same for rows: they were seen no later than they were loaded.
UPDATE {target}
SET _extracted_at = _loaded_at
WHERE _extracted_at > :latest;
