{{ config(materialized='ephemeral') }}

-- What of a flight may change from day to day, for its history.
select
    flight_leg_id,
    flight_date,
    airline_key,
    flight_number,
    departure_airport_key,
    arrival_airport_key,
    flight_status,
    outcome,
    departure_scheduled_local,
    arrival_scheduled_local,
    departure_gate,
    departure_terminal,
    extracted_at
from {{ ref('fct_flights') }}
