-- Every marketed flight with the flight that operates it: its own, or the one that `codeshared` names.
with flights as (
    select * from {{ ref('stg_aviationstack__flights') }}
    where removed_at is null
),

carried as (
    select
        *,
        coalesce(departure_iata, departure_icao) as departure_airport_key,
        coalesce(arrival_iata, arrival_icao) as arrival_airport_key,
        coalesce(codeshared_flight_number, codeshared_airline_icao, codeshared_airline_iata) is null as has_own_identity,
        coalesce(codeshared_airline_icao, codeshared_airline_iata) as codeshared_airline_key,
        coalesce(airline_icao, airline_iata) as own_airline_key
    from flights
),

named as (
    select
        *,
        case when has_own_identity then own_airline_key else codeshared_airline_key end as operating_airline_key,
        case when has_own_identity then airline_icao else codeshared_airline_icao end as operating_airline_icao,
        case when has_own_identity then airline_iata else codeshared_airline_iata end as operating_airline_iata,
        case when has_own_identity then flight_number else codeshared_flight_number end as operating_flight_number,
        case when has_own_identity then flight_iata else codeshared_flight_iata end as operating_flight_iata,
        case when has_own_identity then flight_icao else codeshared_flight_icao end as operating_flight_icao
    from carried
),

joined_to_leg as (
    select
        *,
        -- Written as the loader writes flight_leg_id, so that it equals the operating row's own.
        case
            when has_own_identity then flight_leg_id
            when operating_airline_key is null or operating_flight_number is null then flight_key
            else
                cast(flight_date as varchar)
                || '|' || departure_airport_key
                || '|' || arrival_airport_key
                || '|' || operating_airline_key
                || '|' || operating_flight_number
        end as operating_leg_id
    from named
)

select
    *,
    has_own_identity or operating_leg_id = flight_leg_id as is_operating_row
from joined_to_leg
