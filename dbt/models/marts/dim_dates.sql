with dated as (
    select date_day from {{ ref('int_calendar__days') }}
),

numbered as (
    select
        date_day,
        -- 1 January 1900 was a Monday; written so because the two warehouses number weekdays differently.
        mod({{ dbt.datediff(date_of("'1900-01-01'"), 'date_day', 'day') }}, 7) + 1 as day_of_week
    from dated
)

select
    date_day,
    cast(day_of_week as integer) as day_of_week,
    case day_of_week
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        else 'Sunday'
    end as day_name,
    day_of_week >= 6 as is_weekend,
    cast({{ dbt.dateadd('day', '1 - day_of_week', 'date_day') }} as date) as week_start,
    cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
    cast({{ dbt.date_trunc('quarter', 'date_day') }} as date) as quarter_start,
    cast(extract(year from date_day) as integer) as calendar_year
from numbered
