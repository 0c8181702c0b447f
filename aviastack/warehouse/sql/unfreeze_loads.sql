-- A load later than our clock came from a wrong clock, the API's or a machine's: until then, nothing could replace it.
-- Runs whose pages were fetched before this run's are before it, and no run is later than now. A run that was loaded
-- before it began, by such a clock, was corrected by its own load, which may still be later than this extraction.
-- These are the loads that wrong_clocks.sql counts as ahead.
UPDATE {loads}
SET as_of = CASE
    WHEN coalesce(fetched_by, run_id) < :fetched_by AND started_at > :before THEN CAST(:before AS TIMESTAMP)
    WHEN started_at > :loaded_at THEN CAST(:loaded_at AS TIMESTAMP)
    ELSE started_at
END
WHERE
    endpoint = :endpoint
    AND (
        as_of > :latest
        OR (
            as_of > :before
            AND (
                (run_id < :fetched_by AND started_at > loaded_at)
                OR (slice = :slice AND fetched_by < :fetched_by AND started_at > :began_at)
            )
        )
    );
