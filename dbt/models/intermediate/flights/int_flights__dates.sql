-- The state of each flight date in the warehouse: any load, removal or new sighting of a row changes it, and so does the
-- settling of the date, which turns pending flights into unresolved ones. fct_flights rebuilds the dates whose state changed.
with flights as (
    select
        flight_date,
        removed_at,
        {{ epoch_milliseconds('extracted_at') }} as extracted_ms,
        {{ epoch_milliseconds('loaded_at') }} as loaded_ms,
        {{ epoch_milliseconds('removed_at') }} as removed_ms
    from {{ ref('stg_aviationstack__flights') }}
)

select
    flight_date,
    md5(
        cast(count(*) as varchar)
        || '|' || cast(count(removed_at) as varchar)
        || '|' || cast(sum(extracted_ms) as varchar)
        || '|' || cast(sum(loaded_ms) as varchar)
        || '|' || coalesce(cast(sum(removed_ms) as varchar), '~')
        || '|' || case when {{ is_settled('flight_date') }} then 'settled' else 'changing' end
    ) as date_state
from flights
group by flight_date
having count(*) > count(removed_at)
