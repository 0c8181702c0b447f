-- The identifier of a row that has taken off never changes, even if a run has only one of two flights.
MERGE INTO {staged} AS s
USING (
    SELECT {key} AS row_key, {leg} AS kept
    FROM {target}
    WHERE {within} AND {takeoff} IS NOT NULL
) AS t
    ON s.{key} = t.row_key
WHEN MATCHED AND s.{leg} <> t.kept
    THEN UPDATE SET {leg} = t.kept;
