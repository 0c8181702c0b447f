-- First in the transaction, and always a write: loads queue on this table, so that each sees all earlier ones.
-- If two parallel loads of one run insert two rows, record.sql finds them by its count of updated rows.
MERGE INTO {loads} AS t
USING (SELECT :run_id AS run_id) AS s
    ON t.run_id = s.run_id
WHEN MATCHED THEN UPDATE SET manifest = :manifest
WHEN NOT MATCHED THEN INSERT ({columns})
    VALUES ({values});
