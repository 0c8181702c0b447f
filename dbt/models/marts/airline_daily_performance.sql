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
    is_other_operator,
    {{ outcomes() }},
    {{ scheduled_punctuality() }},
    {{ arrivals() }},
    {{ departures() }},
    cast({{ count_where('not operating_row_seen') }} as bigint) as codeshare_only_flights
from carried
group by flight_date, airline_key, airline_iata, airline_name, is_other_operator
