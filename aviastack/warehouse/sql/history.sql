SELECT {columns}
FROM {loads}
WHERE {filters}
ORDER BY loaded_at DESC, run_id DESC
LIMIT {most};
