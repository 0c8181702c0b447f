with source as (
    select * from {{ source('aviationstack', 'aircraft_types') }}
),

renamed as (
    select
        plane_type_id,
        aircraft_name,
        iata_code,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
