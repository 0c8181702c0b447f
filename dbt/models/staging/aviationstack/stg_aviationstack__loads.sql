with source as (
    select * from {{ source('aviationstack', '_loads') }}
),

renamed as (
    select
        run_id,
        slice,
        endpoint,
        {{ json_text('predicate', ['asked', 'flight_date']) }} as requested_date,
        {{ json_text('predicate', ['asked', 'airline_iata']) }} as requested_airline_iata,
        {{ json_text('predicate', ['asked', 'airline_icao']) }} as requested_airline_icao,
        as_of,
        complete as is_complete,
        proof,
        "ROWS" as row_count,  -- a reserved word on Snowflake
        inserted as inserted_rows,
        updated as updated_rows,
        removed as removed_rows,
        pages,
        calls,
        started_at,
        loaded_at,
        manifest,
        {{ column_or_null(source('aviationstack', '_loads'), 'source') }} as api_source
    from source
)

select * from renamed
