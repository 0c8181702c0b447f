-- The key is unique and not null because of the audit and the MERGE; RELY lets the optimizer use that.
CREATE TABLE IF NOT EXISTS {table} (
    {declared},
    PRIMARY KEY ({key}) NOT ENFORCED RELY
)
COMMENT = {about};
