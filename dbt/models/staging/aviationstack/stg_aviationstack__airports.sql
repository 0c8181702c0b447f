with source as (
    select * from {{ source('aviationstack', 'airports') }}
),

renamed as (
    select
        airport_id,
        airport_name,
        country_name,
        phone_number,
        timezone,
        gmt,
        iata_code,
        icao_code,
        city_iata_code,
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
