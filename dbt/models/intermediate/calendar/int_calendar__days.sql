-- The days from 2019 to 2035.
with days as (
    {{ dbt.date_spine('day', date_of("'2019-01-01'"), date_of("'2036-01-01'")) }}
)

select cast(date_day as date) as date_day
from days
