UPDATE {loads}
SET
    as_of = :as_of,
    inserted = inserted + :inserted,
    updated = updated + :updated,
    removed = removed + :removed,
    loaded_at = CASE WHEN :changed THEN :loaded_at ELSE loaded_at END
WHERE run_id = :run_id;
