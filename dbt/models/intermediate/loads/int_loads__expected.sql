-- Which slices there should be: every scope ever requested, on every date from its first to its last. A scope that is still
-- fed (requested within the last days) is expected up to yesterday, so that a feed that stopped shows.
with slices as (
    select * from {{ ref('int_loads__slices') }}
),

dates as (
    select date_day from {{ ref('int_calendar__days') }}
),

today as (
    select cast({{ as_of() }} as date) as today
),

scopes as (
    select
        scope,
        partner_code,
        min(flight_date) as first_date,
        max(flight_date) as last_date,
        min(loaded_at) as first_loaded_at
    from slices
    group by scope, partner_code
),

spans as (
    select
        scopes.scope,
        scopes.partner_code,
        scopes.first_date,
        scopes.first_loaded_at,
        case
            when {{ dbt.datediff('scopes.last_date', 'today.today', 'day') }} <= {{ var('feed_lapses_after_days') }}
                then greatest(scopes.last_date, cast({{ dbt.dateadd('day', -1, 'today.today') }} as date))
            else scopes.last_date
        end as last_date
    from scopes
    cross join today
)

select
    dates.date_day as flight_date,
    spans.scope,
    spans.partner_code,
    -- A slice is due once its date has settled, and not earlier than a day after the first request: a backfill is not late.
    greatest(
        {{ dbt.dateadd('day', var('slice_due_after_days'), 'cast(dates.date_day as timestamp)') }},
        {{ dbt.dateadd('day', 1, 'spans.first_loaded_at') }}
    ) as due_at
from spans
inner join dates on dates.date_day between spans.first_date and spans.last_date
