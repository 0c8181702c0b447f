-- The state of each flight date in the warehouse: any load, removal or new sighting of a row changes it, and so does the
-- settling of the date, which turns pending flights into unresolved ones, and another table of the user's own taxi times.
-- fct_flights rebuilds the dates whose state changed.
with flights as (
    select
        flight_date,
        removed_at,
        {{ epoch_milliseconds('extracted_at') }} as extracted_ms,
        {{ epoch_milliseconds('loaded_at') }} as loaded_ms,
        {{ epoch_milliseconds('removed_at') }} as removed_ms
    from {{ ref('stg_aviationstack__flights') }}
),

taxi as (
    select {{ own_taxi_times_used() }} as own_taxi_times
    from {{ ref('int_taxi__own') }}
)

select
    flights.flight_date,
    md5(
        cast(count(*) as varchar)
        || '|' || cast(count(flights.removed_at) as varchar)
        || '|' || cast(sum(flights.extracted_ms) as varchar)
        || '|' || cast(sum(flights.loaded_ms) as varchar)
        || '|' || coalesce(cast(sum(flights.removed_ms) as varchar), '~')
        || '|' || coalesce(max(taxi.own_taxi_times), '')
        || '|' || case when {{ is_settled('flights.flight_date') }} then 'settled' else 'changing' end
    ) as date_state
from flights
cross join taxi
group by flights.flight_date
having count(*) > count(flights.removed_at)
