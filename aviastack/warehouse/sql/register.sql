-- First in the transaction, and it always writes: loads queue on this table, so that each sees all earlier ones.
-- A second row of one run, from two loads of it at once, is found by record.sql, which counts what it updates.
MERGE INTO {loads} AS t
USING (SELECT :run_id AS run_id) AS s
    ON t.run_id = s.run_id
WHEN MATCHED THEN UPDATE SET manifest = :manifest
WHEN NOT MATCHED THEN INSERT ({columns})
    VALUES ({values});
