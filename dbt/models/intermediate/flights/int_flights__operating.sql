-- Every marketed flight with the flight that operates it: its own, or the one that `codeshared` names. The clocks are named
-- here: `departure_takeoff`, `arrival_touchdown` are at the runway, `departure_gate_time`, `arrival_gate_time` are known only if
-- the API sends an `actual` before its runway time (departures) or after it (arrivals); it has never done so.
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
        coalesce(airline_icao, airline_iata) as own_airline_key,
        departure_actual_local < departure_actual_runway_local as has_departure_gate_time,
        arrival_actual_local > arrival_actual_runway_local as has_arrival_gate_time
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
        case when has_own_identity then flight_icao else codeshared_flight_icao end as operating_flight_icao,
        {{ iso_date('flight_date') }}
        || '|' || coalesce(departure_airport_key, '~')
        || '|' || coalesce(arrival_airport_key, '~') as dated_route
    from carried
),

joined_to_leg as (
    select
        *,
        -- Written as the loader writes flight_leg_id.
        case
            when has_own_identity and flight_number is null then flight_key
            when has_own_identity then dated_route || '|' || coalesce(own_airline_key, '~') || '|' || flight_number
            when operating_airline_key is null or operating_flight_number is null then flight_key
            else dated_route || '|' || operating_airline_key || '|' || operating_flight_number
        end as numbered_leg_id
    from named
)

select
    *,
    has_own_identity
    or numbered_leg_id = dated_route || '|' || own_airline_key || '|' || flight_number as is_operating_row,
    coalesce(departure_actual_runway_local, departure_actual_local) as departure_takeoff_local,
    case
        when departure_actual_runway_local is null then departure_actual_utc else departure_actual_runway_utc
    end as departure_takeoff_utc,
    case when has_departure_gate_time then departure_actual_local end as departure_gate_time_local,
    case when has_departure_gate_time then departure_actual_utc end as departure_gate_time_utc,
    coalesce(arrival_actual_runway_local, arrival_actual_local) as arrival_touchdown_local,
    case
        when arrival_actual_runway_local is null then arrival_actual_utc else arrival_actual_runway_utc
    end as arrival_touchdown_utc,
    case when has_arrival_gate_time then arrival_actual_local end as arrival_gate_time_local,
    case when has_arrival_gate_time then arrival_actual_utc end as arrival_gate_time_utc
from joined_to_leg
