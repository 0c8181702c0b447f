-- Run ids order the runs of a slice whatever the clock said. `ahead` counts loads that are dated later than now, or that
-- began later than this run though they come before it. `bound` is the latest time that this run may have: that of its
-- own load, which may be corrected, and of the loads that began earlier than this run though they come after it.
SELECT
    count(
        CASE
            WHEN
                as_of > :latest
                OR (
                    run_id < :fetched_by AND as_of > :as_of
                    AND (started_at > loaded_at OR (slice = :slice AND started_at > :began_at))
                )
                THEN 1
        END
    ) AS ahead,
    min(
        CASE
            WHEN run_id = :run_id OR (slice = :slice AND run_id > :fetched_by AND started_at < :began_at) THEN as_of
        END
    ) AS bound
FROM {loads}
WHERE endpoint = :endpoint;
