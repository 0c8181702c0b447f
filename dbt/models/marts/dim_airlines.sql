with seen as (
    select * from {{ ref('int_airlines__seen') }}
),

reference as (
    select * from {{ ref('int_airlines__reference') }}
),

joined as (
    select
        coalesce(seen.airline_key, reference.airline_key) as airline_key,
        coalesce(seen.airline_icao, reference.airline_icao) as airline_icao,
        coalesce(seen.airline_iata, reference.airline_iata) as airline_iata,
        coalesce(reference.airline_name, seen.airline_name) as airline_name,
        reference.callsign,
        reference.country_iso2,
        reference.country_name,
        reference.airline_status,
        reference.fleet_size,
        reference.fleet_average_age,
        seen.airline_key is not null as has_flights
    from seen
    full outer join reference on seen.airline_key = reference.airline_key
)

select
    airline_key,
    airline_icao,
    airline_iata,
    coalesce(airline_name, airline_key) as airline_name,
    callsign,
    country_iso2,
    country_name,
    airline_status,
    cast(fleet_size as integer) as fleet_size,
    cast(fleet_average_age as double) as fleet_average_age,
    has_flights
from joined
union all
select
    'UNKNOWN' as airline_key,
    cast(null as varchar) as airline_icao,
    cast(null as varchar) as airline_iata,
    'Unknown airline' as airline_name,
    cast(null as varchar) as callsign,
    cast(null as varchar) as country_iso2,
    cast(null as varchar) as country_name,
    cast(null as varchar) as airline_status,
    cast(null as integer) as fleet_size,
    cast(null as double) as fleet_average_age,
    false as has_flights
