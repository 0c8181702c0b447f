-- Where no slice can cover another's rows, every staged row is fresh.
SELECT s.* FROM {staged} AS s
