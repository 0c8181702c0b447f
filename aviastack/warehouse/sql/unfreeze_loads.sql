-- A load later than our clock came from a wrong clock, the API's or a machine's: until then, nothing could replace it.
UPDATE {loads}
SET as_of = CASE WHEN started_at < :past THEN started_at ELSE CAST(:past AS TIMESTAMP) END
WHERE endpoint = :endpoint AND as_of > :latest;
