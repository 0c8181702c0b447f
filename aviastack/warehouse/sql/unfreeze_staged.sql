-- The same for the staged rows of this run, if runs after it are on record that began earlier.
UPDATE {staged}
SET _extracted_at = :as_of
WHERE _extracted_at > :as_of;
