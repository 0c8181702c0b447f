INSERT INTO {target} ({columns}, _removed_at, _loaded_at)
SELECT {values}, NULL, :loaded_at
FROM {staged} AS s
WHERE NOT EXISTS (SELECT 1 FROM {target} AS t WHERE {matched});
