-- A temporary table is dropped with its connection, so a crash leaves nothing behind.
CREATE TEMPORARY TABLE {staged} (
    {declared}
);
