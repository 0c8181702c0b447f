CREATE TABLE IF NOT EXISTS {table} (
    {declared}
);
