{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='flight_date',
        on_schema_change='append_new_columns',
        post_hook="""
            delete from {{ this }}
            where not exists (
                select 1 from {{ ref('int_flights__dates') }} as dates where dates.flight_date = {{ this }}.flight_date
            )
        """
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
),

other_operators as (
    select * from {{ ref('other_operator_numbers') }}
)

select
    flights.physical_leg_id as flight_leg_id,
    flights.flight_key,
    flights.flight_date,
    coalesce(flights.operating_airline_key, 'UNKNOWN') as airline_key,
    flights.operating_flight_number as flight_number,
    flights.operating_flight_iata as flight_iata,
    flights.operating_flight_icao as flight_icao,
    other_operators.airline_key is not null as is_other_operator,
    flights.departure_airport_key,
    flights.arrival_airport_key,
    flights.flight_status,
    flights.outcome,
    flights.departure_scheduled_local,
    flights.departure_scheduled_utc,
    flights.departure_takeoff_local as takeoff_local,
    flights.departure_takeoff_utc as takeoff_utc,
    flights.arrival_scheduled_local,
    flights.arrival_scheduled_utc,
    flights.arrival_touchdown_local as touchdown_local,
    flights.arrival_touchdown_utc as touchdown_utc,
    flights.departure_terminal,
    flights.departure_gate,
    flights.arrival_terminal,
    flights.arrival_gate,
    flights.arrival_baggage,
    cast(flights.scheduled_duration_minutes as integer) as scheduled_duration_minutes,
    cast(flights.airborne_minutes as integer) as airborne_minutes,
    flights.has_plausible_times,
    cast(flights.takeoff_delay_minutes as integer) as takeoff_delay_minutes,
    cast(flights.touchdown_delay_minutes as integer) as touchdown_delay_minutes,
    cast(flights.gate_departure_delay_minutes as double) as gate_departure_delay_minutes,
    cast(flights.gate_departure_delay_minutes_p80 as double) as gate_departure_delay_minutes_p80,
    cast(flights.gate_arrival_delay_minutes as double) as gate_arrival_delay_minutes,
    cast(flights.gate_arrival_delay_minutes_p80 as double) as gate_arrival_delay_minutes_p80,
    flights.gate_times,
    flights.departure_gate_times,
    flights.arrival_gate_times,
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
left join other_operators
    on
        flights.operating_airline_key = other_operators.airline_key
        and try_cast(flights.operating_flight_number as integer)
        between other_operators.first_number and other_operators.last_number
