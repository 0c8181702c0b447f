-- A load later than our clock was dated by an API with a wrong clock: until that date, no right load could replace it.
UPDATE {loads}
SET as_of = started_at
WHERE endpoint = :endpoint AND as_of > :latest;
