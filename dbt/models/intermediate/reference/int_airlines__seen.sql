-- The airlines of the flights, each with its most frequent name and IATA code.
with flights as (
    select * from {{ ref('stg_aviationstack__flights') }}
    where removed_at is null
),

carriers as (
    select
        airline_icao,
        airline_iata,
        airline_name,
        1 as is_own_name
    from flights
    union all
    -- Codeshared names come in lower case: they count only if no row of the airline itself has its name.
    select
        codeshared_airline_icao as airline_icao,
        codeshared_airline_iata as airline_iata,
        {{ title_case('codeshared_airline_name') }} as airline_name,
        0 as is_own_name
    from flights
),

counted as (
    select
        coalesce(airline_icao, airline_iata) as airline_key,
        airline_icao,
        airline_iata,
        airline_name,
        is_own_name,
        count(*) as row_count
    from carriers
    where coalesce(airline_icao, airline_iata) is not null
    group by airline_icao, airline_iata, airline_name, is_own_name
),

iata_codes as (
    {{ most_frequent('counted', 'airline_key', 'airline_iata', 'row_count') }}
),

names as (
    {{ most_frequent('counted', 'airline_key', 'airline_name', 'row_count', preferred='is_own_name') }}
),

airlines as (
    select
        airline_key,
        max(airline_icao) as airline_icao
    from counted
    group by airline_key
)

select
    airlines.airline_key,
    airlines.airline_icao,
    iata_codes.airline_iata,
    names.airline_name
from airlines
left join iata_codes on airlines.airline_key = iata_codes.airline_key
left join names on airlines.airline_key = names.airline_key
