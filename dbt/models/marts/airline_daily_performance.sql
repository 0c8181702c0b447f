with flights as (
    select * from {{ ref('fct_flights') }}
),

airlines as (
    select * from {{ ref('dim_airlines') }}
),

carried as (
    select
        flights.*,
        airlines.airline_name,
        airlines.airline_iata
    from flights
    inner join airlines on flights.airline_key = airlines.airline_key
)

select
    flight_date,
    airline_key,
    airline_iata,
    airline_name,
    {{ outcomes() }},
    {{ punctuality('arrival_delay_minutes', 'is_arrival_on_time', timed='arrivals') }},
    {{ punctuality('departure_delay_minutes', 'is_departure_on_time', timed='departures', prefix='departure_') }},
    cast({{ count_where('not operating_row_seen') }} as bigint) as codeshare_only_flights
from carried
group by flight_date, airline_key, airline_iata, airline_name
