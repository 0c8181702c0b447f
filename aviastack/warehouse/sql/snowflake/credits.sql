-- The view has no idle time of the warehouse, lags by up to eight hours, and leaves out statements under about 100 ms.
SELECT
    query_tag,
    count(*) AS statements,
    sum(credits_attributed_compute) AS credits
FROM snowflake.account_usage.query_attribution_history
WHERE start_time >= :since AND query_tag LIKE 'aviastack%'
GROUP BY query_tag
ORDER BY credits DESC, query_tag ASC;
