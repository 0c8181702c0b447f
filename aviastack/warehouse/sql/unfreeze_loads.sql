-- A load later than our clock came from an API with a wrong clock: until then, no correctly dated load could replace it.
UPDATE {loads}
SET as_of = started_at
WHERE endpoint = :endpoint AND as_of > :latest;
