with flights as (
    select * from {{ ref('fct_flights') }}
),

airports as (
    select * from {{ ref('dim_airports') }}
),

movements as (
    select
        departure_airport_key as airport_key,
        'departure' as direction,
        departure_scheduled_local as scheduled_local,
        outcome,
        departure_gate_times as gate_times,
        takeoff_delay_minutes as runway_delay_minutes,
        gate_departure_delay_minutes as gate_delay_minutes,
        gate_departure_delay_minutes_p80 as gate_delay_minutes_p80
    from flights
    union all
    select
        arrival_airport_key as airport_key,
        'arrival' as direction,
        arrival_scheduled_local as scheduled_local,
        outcome,
        arrival_gate_times as gate_times,
        touchdown_delay_minutes as runway_delay_minutes,
        gate_arrival_delay_minutes as gate_delay_minutes,
        gate_arrival_delay_minutes_p80 as gate_delay_minutes_p80
    from flights
),

placed as (
    select
        movements.*,
        airports.airport_name,
        cast(movements.scheduled_local as date) as local_date,
        cast(extract(hour from movements.scheduled_local) as integer) as local_hour
    from movements
    inner join airports on movements.airport_key = airports.airport_key
    where movements.scheduled_local is not null
)

select
    airport_key,
    airport_name,
    direction,
    local_date,
    local_hour,
    {{ outcomes() }},
    {{
        punctuality(
            'runway_delay_minutes', 'gate_delay_minutes', assumed="gate_times = 'assumed'", flights='flights', clock='runway'
        )
    }}
from placed
group by airport_key, airport_name, direction, local_date, local_hour
