{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='flight_date',
        on_schema_change='append_new_columns',
        post_hook="delete from {{ this }} where flight_date not in (select flight_date from {{ ref('int_flights__dates') }})"
    )
}}

-- Built after data_freshness, so that a load which comes between them leaves the marts stale, never wrongly fresh.
-- depends_on: {{ ref('data_freshness') }}
with flights as (
    select * from {{ ref('int_flights__judged') }}
    {% if is_incremental() %}
        where flight_date in ({{ changed_flight_dates(ref('int_flights__dates')) }})
    {% endif %}
),

dates as (
    select * from {{ ref('int_flights__dates') }}
)

select
    flights.operating_leg_id as flight_leg_id,
    flights.flight_key,
    flights.flight_date,
    coalesce(flights.operating_airline_key, 'UNKNOWN') as airline_key,
    flights.operating_flight_number as flight_number,
    flights.operating_flight_iata as flight_iata,
    flights.operating_flight_icao as flight_icao,
    flights.departure_airport_key,
    flights.arrival_airport_key,
    flights.flight_status,
    flights.outcome,
    flights.departure_scheduled_local,
    flights.departure_scheduled_utc,
    flights.departure_actual_local,
    flights.departure_actual_utc,
    flights.arrival_scheduled_local,
    flights.arrival_scheduled_utc,
    flights.arrival_actual_local,
    flights.arrival_actual_utc,
    flights.departure_terminal,
    flights.departure_gate,
    flights.arrival_terminal,
    flights.arrival_gate,
    flights.arrival_baggage,
    cast(flights.scheduled_duration_minutes as integer) as scheduled_duration_minutes,
    cast(flights.actual_duration_minutes as integer) as actual_duration_minutes,
    flights.has_plausible_times,
    cast(flights.departure_delay_minutes as integer) as departure_delay_minutes,
    cast(flights.arrival_delay_minutes as integer) as arrival_delay_minutes,
    flights.is_departure_on_time,
    flights.is_arrival_on_time,
    cast(flights.codeshare_count as integer) as codeshare_count,
    flights.is_operating_row as operating_row_seen,
    flights.aircraft_registration,
    flights.aircraft_icao,
    flights.aircraft_icao24,
    flights.extracted_at,
    flights.loaded_at,
    flights.run_id,
    flights.slice,
    dates.date_state
from flights
inner join dates on flights.flight_date = dates.flight_date
