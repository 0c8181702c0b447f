-- One row per physical flight. Identity comes from the leg that names it, everything else from the most credible row of all that
-- describe it: codeshares, retimed rows and shadows. Each clock comes from the most credible row that has it.
{%- set clocks = [
    'departure_scheduled', 'departure_takeoff', 'departure_gate_time',
    'arrival_scheduled', 'arrival_touchdown', 'arrival_gate_time',
] %}
with sightings as (
    select
        sightings.*,
        shadows.physical_leg_id
    from {{ ref('int_flights__sightings') }} as sightings
    inner join {{ ref('int_flights__shadows') }} as shadows
        on
            sightings.flight_date = shadows.flight_date
            and sightings.operating_leg_id = shadows.operating_leg_id
    where shadows.is_evidence
),

ranked as (
    select
        flight_date,
        physical_leg_id,
        flight_key,
        flight_status,
        departure_terminal,
        departure_gate,
        arrival_terminal,
        arrival_gate,
        arrival_baggage,
        aircraft_registration,
        aircraft_icao,
        aircraft_icao24,
        extracted_at,
        loaded_at,
        run_id,
        slice,
        {%- for clock in clocks %}
            {{ most_credible(clock ~ '_local', clock ~ '_local', 'physical_leg_id') }} as {{ clock }}_local,
            {{ most_credible(clock ~ '_utc', clock ~ '_local', 'physical_leg_id') }} as {{ clock }}_utc,
        {%- endfor %}
        row_number() over (partition by flight_date, physical_leg_id order by {{ by_evidence() }}) as evidence_rank
    from sightings
),

legs as (
    select * from {{ ref('int_flights__legs') }}
)

select
    ranked.*,
    legs.departure_airport_key,
    legs.arrival_airport_key,
    legs.operating_airline_key,
    legs.operating_flight_number,
    legs.operating_flight_iata,
    legs.operating_flight_icao,
    legs.codeshare_count,
    legs.is_operating_row
from ranked
inner join legs
    on
        ranked.flight_date = legs.flight_date
        and ranked.physical_leg_id = legs.operating_leg_id
where ranked.evidence_rank = 1
