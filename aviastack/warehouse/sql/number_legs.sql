-- A new flight whose identifier belongs to a flight with another take-off time is a second flight.
MERGE INTO {staged} AS s
USING (
    SELECT DISTINCT n.row_key
    FROM (SELECT {key} AS row_key, {leg} AS leg, {takeoff} AS takeoff FROM {staged}) AS n
    INNER JOIN (
        SELECT {key} AS row_key, {leg} AS leg, {takeoff} AS takeoff FROM {target} WHERE {within}
    ) AS t
        ON n.leg = t.leg AND n.row_key <> t.row_key
    LEFT JOIN (
        SELECT {key} AS row_key FROM {target} WHERE {within} AND {takeoff} IS NOT NULL
    ) AS kept
        ON n.row_key = kept.row_key
    WHERE
        kept.row_key IS NULL
        AND (n.takeoff >= t.takeoff + INTERVAL '1 hour' OR n.takeoff <= t.takeoff - INTERVAL '1 hour')
) AS second
    ON s.{key} = second.row_key
WHEN MATCHED
    THEN UPDATE SET {leg} = s.{leg} || '|2';
