with source as (
    select * from {{ source('aviationstack', 'airlines') }}
),

renamed as (
    select
        airline_id,
        airline_name,
        callsign,
        country_name,
        status as airline_status,
        type as airline_type,
        iata_prefix_accounting,
        iata_code,
        icao_code,
        hub_code,
        country_iso2,
        date_founded,
        fleet_size,
        fleet_average_age,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
