with flights as (
    select * from {{ ref('fct_flights') }}
),

airlines as (
    select * from {{ ref('dim_airlines') }}
),

airports as (
    select * from {{ ref('dim_airports') }}
),

routed as (
    select
        flights.*,
        cast({{ dbt.date_trunc('month', 'flights.flight_date') }} as date) as flight_month,
        flights.departure_airport_key || '-' || flights.arrival_airport_key as route,
        departures.airport_name as departure_airport_name,
        arrivals.airport_name as arrival_airport_name,
        airlines.airline_name
    from flights
    inner join airlines on flights.airline_key = airlines.airline_key
    inner join airports as departures on flights.departure_airport_key = departures.airport_key
    inner join airports as arrivals on flights.arrival_airport_key = arrivals.airport_key
)

select
    flight_month,
    route,
    departure_airport_key,
    departure_airport_name,
    arrival_airport_key,
    arrival_airport_name,
    airline_key,
    airline_name,
    is_other_operator,
    {{ outcomes() }},
    {{ scheduled_punctuality() }},
    {{ arrivals() }},
    {{ departures() }}
from routed
group by
    flight_month,
    route,
    departure_airport_key,
    departure_airport_name,
    arrival_airport_key,
    arrival_airport_name,
    airline_key,
    airline_name,
    is_other_operator
