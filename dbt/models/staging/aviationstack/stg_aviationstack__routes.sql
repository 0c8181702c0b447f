with source as (
    select * from {{ source('aviationstack', 'routes') }}
),

renamed as (
    select
        route_key,
        departure_airport,
        departure_timezone,
        departure_iata,
        departure_icao,
        departure_terminal,
        departure_time,
        arrival_airport,
        arrival_timezone,
        arrival_iata,
        arrival_icao,
        arrival_terminal,
        arrival_time,
        {{ clean_name('airline_name') }} as airline_name,
        airline_callsign,
        airline_iata,
        airline_icao,
        flight_number,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
