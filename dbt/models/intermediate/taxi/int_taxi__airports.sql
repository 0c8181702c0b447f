-- Taxi minutes by airport and direction (`out`, `in`): the user's own figures first, then those of BTS;
-- for US airports without figures, those of the smallest size, since every larger one has its own.
with measured as (
    select
        airport_iata,
        direction,
        median_minutes,
        p80_minutes,
        flights,
        source,
        1 as preference
    from {{ ref('int_taxi__own') }}
    union all
    select
        airport_iata,
        direction,
        median_minutes,
        p80_minutes,
        flights,
        source,
        2 as preference
    from {{ ref('taxi_times') }}
),

by_size as (
    select
        airports.iata as airport_iata,
        defaults.direction,
        defaults.median_minutes,
        defaults.p80_minutes,
        defaults.flights,
        'bts-' || defaults.period || ', US airports of this size' as source,
        3 as preference
    from {{ ref('airport_coordinates') }} as airports
    cross join {{ ref('taxi_defaults') }} as defaults
    where
        airports.country = 'US'
        and defaults.size = 'non'
),

known as (
    select * from measured
    union all
    select * from by_size
)

select
    airport_iata as airport_key,
    direction,
    cast(median_minutes as decimal(6, 1)) as taxi_minutes,
    cast(p80_minutes as decimal(6, 1)) as taxi_minutes_p80,
    flights as taxi_flights,
    source as taxi_source
from known
qualify row_number() over (partition by airport_iata, direction order by preference asc) = 1
