-- The API's list of airports, one row per code, with the city's name.
with airports as (
    select
        *,
        coalesce(iata_code, icao_code) as airport_key
    from {{ ref('stg_aviationstack__airports') }}
),

cities as (
    select
        iata_code,
        min(city_name) as city_name
    from {{ ref('stg_aviationstack__cities') }}
    group by iata_code
)

select
    airports.airport_key,
    airports.iata_code as airport_iata,
    airports.icao_code as airport_icao,
    {{ clean_name('airports.airport_name') }} as airport_name,
    cities.city_name,
    airports.country_iso2,
    airports.country_name,
    {{ zone_name('airports.timezone') }} as timezone,
    airports.latitude,
    airports.longitude
from airports
left join cities on airports.city_iata_code = cities.iata_code
where airports.airport_key is not null
qualify row_number() over (partition by airports.airport_key order by airports.airport_id asc) = 1
