-- A temporary table dies with its connection: a crash leaves nothing to sweep.
CREATE TEMPORARY TABLE {staged} (
    {declared}
);
