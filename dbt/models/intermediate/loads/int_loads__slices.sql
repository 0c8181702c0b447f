-- The loads of dated slices of flights that cover whole partners: what was requested, and whether the answer is complete.
-- A scope is a slice without its date: `.airline_iata=AA`, or nothing for the whole world.
with loads as (
    select * from {{ ref('stg_aviationstack__loads') }}
    where
        endpoint = 'flights'
        and requested_date is not null
        -- Slices of one flight, status, delay or name describe no partner.
        and slice not like '%.flight_%'
        and slice not like '%.airline_name=%'
        and slice not like '%delay%'
        and slice not like '%_scheduled_time_%'
)

select
    run_id,
    slice,
    substr(slice, 11) as scope,
    {{ date_of('requested_date') }} as flight_date,
    coalesce(requested_airline_icao, requested_airline_iata, 'ALL') as partner_code,
    as_of,
    is_complete,
    is_complete
    and cast({{ dbt.dateadd('day', var('settles_after_days'), date_of('requested_date')) }} as date)
    <= cast(as_of as date) as is_settled,
    row_count,
    started_at,
    loaded_at
from loads
