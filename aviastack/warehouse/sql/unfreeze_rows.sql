-- The same for rows, which are as new as the load that last saw them: otherwise an older run would remove them.
UPDATE {target}
SET _extracted_at = l.as_of
FROM {loads} AS l
WHERE
    {target}._run_id = l.run_id
    AND (
        {target}._extracted_at > :latest
        OR l.started_at > l.loaded_at
        OR (l.slice = :slice AND l.fetched_by < :fetched_by AND l.started_at > :began_at)
    )
    AND l.as_of < {target}._extracted_at;
