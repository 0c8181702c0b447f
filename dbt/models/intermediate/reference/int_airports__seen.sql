-- The airports of the flights, each with its most frequent name, ICAO code and zone.
with flights as (
    select * from {{ ref('stg_aviationstack__flights') }}
    where removed_at is null
),

touched as (
    select
        departure_iata as airport_iata,
        departure_icao as airport_icao,
        {{ clean_name('departure_airport') }} as airport_name,
        {{ zone_name('departure_timezone') }} as timezone
    from flights
    union all
    select
        arrival_iata as airport_iata,
        arrival_icao as airport_icao,
        {{ clean_name('arrival_airport') }} as airport_name,
        {{ zone_name('arrival_timezone') }} as timezone
    from flights
),

counted as (
    select
        coalesce(airport_iata, airport_icao) as airport_key,
        airport_iata,
        airport_icao,
        airport_name,
        timezone,
        count(*) as touch_count
    from touched
    group by airport_iata, airport_icao, airport_name, timezone
),

icao_codes as (
    {{ most_frequent('counted', 'airport_key', 'airport_icao', 'touch_count') }}
),

names as (
    {{ most_frequent('counted', 'airport_key', 'airport_name', 'touch_count') }}
),

timezones as (
    {{ most_frequent('counted', 'airport_key', 'timezone', 'touch_count') }}
),

airports as (
    select
        airport_key,
        max(airport_iata) as airport_iata
    from counted
    group by airport_key
)

select
    airports.airport_key,
    airports.airport_iata,
    icao_codes.airport_icao,
    names.airport_name,
    timezones.timezone
from airports
left join icao_codes on airports.airport_key = icao_codes.airport_key
left join names on airports.airport_key = names.airport_key
left join timezones on airports.airport_key = timezones.airport_key
