-- Every row that a flight in the sky was sold under leads to exactly one flight of fct_flights or is a shadow of one: a date
-- never has more flights than rows of its own and codeshares whose operating row is missing.
with rows_of_a_date as (
    select
        flight_date,
        count(distinct operating_leg_id) as legs
    from {{ ref('int_flights__operating') }}
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
