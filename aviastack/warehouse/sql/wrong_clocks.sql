-- The ids of the runs that fetched order them within a slice, whatever the clock said. `ahead` counts loads that are dated
-- later than now, or that began later than this run though they come before it. `own` is the time of this run's own load,
-- which may be corrected, `later` the first time of the loads that come after this run and yet began, or have a page,
-- before it. Loads of earlier versions lack fetched_by and prove nothing.
SELECT
    count(
        CASE
            WHEN
                as_of > :latest
                OR (
                    as_of > :before
                    AND (
                        (run_id < :fetched_by AND started_at > loaded_at)
                        OR (slice = :slice AND fetched_by < :fetched_by AND started_at > :began_at)
                    )
                )
                THEN 1
        END
    ) AS ahead,
    min(CASE WHEN run_id = :run_id THEN as_of END) AS own,
    min(
        CASE
            WHEN
                slice = :slice AND fetched_by > :fetched_by
                AND (started_at < :began_at OR as_of < :began_after)
                THEN as_of
        END
    ) AS later
FROM {loads}
WHERE endpoint = :endpoint;
