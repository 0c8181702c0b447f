with source as (
    select * from {{ source('aviationstack', 'taxes') }}
),

renamed as (
    select
        tax_id,
        tax_name,
        iata_code,
        _extracted_at as extracted_at,
        _loaded_at as loaded_at,
        _run_id as run_id,
        _slice as slice
    from source
    where _removed_at is null
)

select * from renamed
