with seen as (
    select * from {{ ref('int_airports__seen') }}
),

reference as (
    select * from {{ ref('int_airports__reference') }}
),

world as (
    select * from {{ ref('airport_coordinates') }}
),

taxi as (
    select
        airport_key,
        max(case when direction = 'out' then taxi_minutes end) as taxi_out_minutes,
        max(case when direction = 'out' then taxi_minutes_p80 end) as taxi_out_minutes_p80,
        max(case when direction = 'in' then taxi_minutes end) as taxi_in_minutes,
        max(case when direction = 'in' then taxi_minutes_p80 end) as taxi_in_minutes_p80,
        min(taxi_source) as taxi_source
    from {{ ref('int_taxi__airports') }}
    group by airport_key
),

countries as (
    select
        country_iso2,
        min(country_name) as country_name
    from {{ ref('stg_aviationstack__countries') }}
    group by country_iso2
),

joined as (
    select
        coalesce(seen.airport_key, reference.airport_key) as airport_key,
        coalesce(seen.airport_iata, reference.airport_iata) as airport_iata,
        coalesce(seen.airport_icao, reference.airport_icao) as airport_icao,
        coalesce(reference.airport_name, seen.airport_name) as airport_name,
        reference.city_name,
        reference.country_iso2,
        reference.country_name,
        coalesce(reference.timezone, seen.timezone) as timezone,
        reference.latitude,
        reference.longitude,
        reference.latitude is not null and reference.longitude is not null as is_located,
        seen.airport_key is not null as has_flights
    from seen
    full outer join reference on seen.airport_key = reference.airport_key
)

select
    joined.airport_key,
    joined.airport_iata,
    coalesce(joined.airport_icao, world.icao) as airport_icao,
    coalesce(joined.airport_name, world.name, joined.airport_key) as airport_name,
    coalesce(joined.city_name, world.city) as city_name,
    coalesce(joined.country_iso2, world.country) as country_iso2,
    coalesce(joined.country_name, countries.country_name) as country_name,
    coalesce(joined.timezone, world.tz) as timezone,
    -- Both coordinates come from one source: a mixed pair would be nowhere.
    cast(case when joined.is_located then joined.latitude else world.lat end as double) as latitude,
    cast(case when joined.is_located then joined.longitude else world.lon end as double) as longitude,
    cast(taxi.taxi_out_minutes as double) as taxi_out_minutes,
    cast(taxi.taxi_out_minutes_p80 as double) as taxi_out_minutes_p80,
    cast(taxi.taxi_in_minutes as double) as taxi_in_minutes,
    cast(taxi.taxi_in_minutes_p80 as double) as taxi_in_minutes_p80,
    taxi.taxi_source,
    joined.has_flights
from joined
left join taxi on joined.airport_key = taxi.airport_key
left join world on joined.airport_key = world.iata
left join countries on coalesce(joined.country_iso2, world.country) = countries.country_iso2
