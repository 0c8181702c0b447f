{% snapshot flight_status_history %}

{{
    config(
        unique_key='flight_leg_id',
        strategy='check',
        check_cols=[
            'flight_status',
            'outcome',
            'departure_scheduled_local',
            'arrival_scheduled_local',
            'departure_terminal',
            'departure_gate',
        ],
        hard_deletes='invalidate'
    )
}}

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

{% endsnapshot %}
