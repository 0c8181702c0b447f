-- The names of loads' own tables begin with their creation time.
SELECT table_name
FROM information_schema.tables
WHERE table_schema = :schema AND table_name >= :first AND table_name < :before
ORDER BY table_name;
