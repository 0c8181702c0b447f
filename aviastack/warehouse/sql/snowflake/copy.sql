-- Files are named because a path would match every file with that prefix. One bad file fails the whole COPY.
COPY INTO {staged}
FROM @{stage}
FILES = ({files})
FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
ON_ERROR = ABORT_STATEMENT;
