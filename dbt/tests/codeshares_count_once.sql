-- Every flight that a row describes is a flight of fct_flights or a shadow of one: a date with rows has flights, but never more
-- than there are flight numbers.
with rows_of_a_date as (
    select
        flight_date,
        count(distinct operating_leg_id) as legs
    from {{ ref('int_flights__sightings') }}
    group by flight_date
),

flights_of_a_date as (
    select
        flight_date,
        count(*) as flights
    from {{ ref('fct_flights') }}
    group by flight_date
)

select
    rows_of_a_date.flight_date,
    rows_of_a_date.legs,
    flights_of_a_date.flights
from rows_of_a_date
left join flights_of_a_date on rows_of_a_date.flight_date = flights_of_a_date.flight_date
where coalesce(flights_of_a_date.flights, 0) not between 1 and rows_of_a_date.legs
