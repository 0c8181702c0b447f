with source as (
    select * from {{ source('aviationstack', '_loads') }}
),

renamed as (
    select
        run_id,
        slice,
        endpoint,
        {{ json_text('predicate', ['covers', 'flight_date']) }} as covered_date,
        {{ json_text('predicate', ['covers', 'airline_iata']) }} as covered_airline_iata,
        {{ json_text('predicate', ['covers', 'airline_icao']) }} as covered_airline_icao,
        {{ json_text('predicate', ['covers']) }} as covers,
        as_of,
        complete as is_complete,
        proof,
        rows as row_count,
        inserted as inserted_rows,
        updated as updated_rows,
        removed as removed_rows,
        pages,
        calls,
        started_at,
        loaded_at,
        manifest
    from source
)

select * from renamed
