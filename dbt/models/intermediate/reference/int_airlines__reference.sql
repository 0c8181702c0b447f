-- The API's list of airlines, one row per code. It has former airlines and codes used twice: the active
-- airline counts, then the one with the larger fleet.
with airlines as (
    select
        *,
        coalesce(icao_code, iata_code) as airline_key
    from {{ ref('stg_aviationstack__airlines') }}
)

select
    airline_key,
    icao_code as airline_icao,
    iata_code as airline_iata,
    {{ clean_name('airline_name') }} as airline_name,
    callsign,
    country_iso2,
    country_name,
    airline_status,
    fleet_size,
    fleet_average_age
from airlines
where airline_key is not null
qualify row_number() over (
    partition by airline_key
    order by
        case when airline_status = 'active' then 0 else 1 end asc,
        fleet_size desc nulls last,
        airline_id asc
) = 1
