with source as (
    select * from {{ source('aviationstack', 'flights_future') }}
),

renamed as (
    select
        flights_future_key,
        flight_date,
        weekday,
        departure_iata,
        departure_icao,
        departure_terminal,
        departure_gate,
        departure_scheduled_local,
        departure_scheduled_utc,
        arrival_iata,
        arrival_icao,
        arrival_terminal,
        arrival_gate,
        arrival_scheduled_local,
        arrival_scheduled_utc,
        {{ clean_name('airline_name') }} as airline_name,
        airline_iata,
        airline_icao,
        flight_number,
        flight_iata,
        flight_icao,
        {{ clean_name('codeshared_airline_name') }} as codeshared_airline_name,
        codeshared_airline_iata,
        codeshared_airline_icao,
        codeshared_flight_number,
        codeshared_flight_iata,
        codeshared_flight_icao,
        aircraft_model_code,
        aircraft_model_text,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
