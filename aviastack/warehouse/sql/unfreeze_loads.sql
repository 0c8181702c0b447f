-- A load later than our clock came from a wrong clock, the API's or a machine's: until then, nothing could replace it.
-- Runs that began before this run's extraction are not later than it, and no run is later than now. A run that was loaded
-- before it began, by such a clock, was corrected by its own load, which may still be later than this extraction.
UPDATE {loads}
SET as_of = CASE
    WHEN run_id < :fetched_by AND started_at > :as_of THEN CAST(:as_of AS TIMESTAMP)
    WHEN started_at > :loaded_at THEN CAST(:loaded_at AS TIMESTAMP)
    ELSE started_at
END
WHERE
    endpoint = :endpoint
    AND (
        as_of > :latest
        OR (
            run_id < :fetched_by AND as_of > :as_of
            AND (started_at > loaded_at OR (slice = :slice AND started_at > :began_at))
        )
    );
