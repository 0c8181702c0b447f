with source as (
    select * from {{ source('aviationstack', 'countries') }}
),

renamed as (
    select
        country_id,
        country_name,
        capital,
        currency_name,
        phone_prefix,
        country_iso_numeric,
        country_iso2,
        country_iso3,
        continent,
        currency_code,
        fips_code,
        population,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
