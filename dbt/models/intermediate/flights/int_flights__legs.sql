-- One row per flight of an operating carrier's number. The operating row names the flight; the schedule comes from the most
-- credible row that has it, since a codeshare row may know what the operating row lacks.
with sightings as (
    select
        *,
        {{ most_credible('departure_scheduled_local', 'departure_scheduled_local', 'operating_leg_id') }}
            as leg_departure_scheduled_local,
        {{ most_credible('arrival_scheduled_local', 'arrival_scheduled_local', 'operating_leg_id') }}
            as leg_arrival_scheduled_local,
        max(case when departure_takeoff_local is null then 0 else 1 end) over (partition by flight_date, operating_leg_id)
        + max(case when arrival_touchdown_local is null then 0 else 1 end) over (partition by flight_date, operating_leg_id)
            as actual_times,
        count(distinct case when not is_operating_row then flight_leg_id end)
            over (partition by flight_date, operating_leg_id) as codeshare_count,
        row_number() over (
            partition by flight_date, operating_leg_id
            order by is_operating_row desc, {{ by_evidence() }}
        ) as identity_rank
    from {{ ref('int_flights__sightings') }}
)

select
    flight_date,
    operating_leg_id,
    flight_key,
    departure_airport_key,
    arrival_airport_key,
    leg_departure_scheduled_local as departure_scheduled_local,
    leg_arrival_scheduled_local as arrival_scheduled_local,
    operating_airline_key,
    operating_flight_number,
    operating_flight_iata,
    operating_flight_icao,
    is_operating_row,
    codeshare_count,
    actual_times,
    extracted_at
from sightings
where identity_rank = 1
