SELECT run_id
FROM {loads}
WHERE endpoint = :endpoint;
