{{ config(materialized='view') }}

with flights as (
    select * from {{ ref('fct_flights') }}
),

airlines as (
    select * from {{ ref('dim_airlines') }}
),

airports as (
    select * from {{ ref('dim_airports') }}
)

select
    flights.flight_date,
    flights.flight_status,
    coalesce(departures.airport_name, flights.departure_airport_key) as departure_airport,
    coalesce(arrivals.airport_name, flights.arrival_airport_key) as arrival_airport,
    coalesce(airlines.airline_name, flights.airline_key) as airline_name,
    flights.flight_number,
    flights.flight_leg_id
from flights
left join airlines on flights.airline_key = airlines.airline_key
left join airports as departures on flights.departure_airport_key = departures.airport_key
left join airports as arrivals on flights.arrival_airport_key = arrivals.airport_key
