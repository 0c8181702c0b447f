-- Files are named: a path would also take what merely begins like it. Any bad file ends the whole COPY.
COPY INTO {staged}
FROM @{stage}
FILES = ({files})
FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
ON_ERROR = ABORT_STATEMENT;
