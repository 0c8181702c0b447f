-- Every mart counts each flight of fct_flights exactly once.
with counted as (
    select
        (select count(*) from {{ ref('fct_flights') }}) as flights,
        (select count(*) from {{ ref('flights') }}) as end_user_flights,
        (select coalesce(sum(flights), 0) from {{ ref('airline_daily_performance') }}) as airline_flights,
        (select coalesce(sum(flights), 0) from {{ ref('route_performance') }}) as route_flights,
        (
            select coalesce(sum(flights), 0) from {{ ref('airport_hourly_punctuality') }}
            where direction = 'departure'
        ) as departing_flights,
        (
            select count(departure_scheduled_local) from {{ ref('fct_flights') }}
        ) as scheduled_flights
)

select * from counted
where
    flights != end_user_flights
    or flights != airline_flights
    or flights != route_flights
    or scheduled_flights != departing_flights
