with source as (
    select * from {{ source('aviationstack', 'airplanes') }}
),

renamed as (
    select
        airplane_id,
        registration_number,
        test_registration_number,
        icao_code_hex,
        airline_iata_code,
        airline_icao_code,
        iata_code_long,
        iata_code_short,
        iata_type,
        model_code,
        model_name,
        production_line,
        construction_number,
        line_number,
        engines_type,
        plane_class,
        plane_owner,
        plane_series,
        plane_status,
        engines_count,
        plane_age,
        delivery_date,
        first_flight_date,
        registration_date,
        rollout_date,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
