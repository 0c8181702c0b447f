SELECT max(source) AS source
FROM {marts}.data_freshness
WHERE endpoint = 'flights'
