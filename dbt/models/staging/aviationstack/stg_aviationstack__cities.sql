with source as (
    select * from {{ source('aviationstack', 'cities') }}
),

renamed as (
    select
        city_id,
        city_name,
        timezone,
        gmt,
        iata_code,
        country_iso2,
        geoname_id,
        latitude,
        longitude,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
