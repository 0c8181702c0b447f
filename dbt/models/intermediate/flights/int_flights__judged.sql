-- What became of each flight, and how late it was by each clock. Delays at the runway are as sent; delays at the gate are
-- estimates: take-off minus taxi-out, touchdown plus taxi-in, by the median and by the 80th percentile of taxi times.
with physical as (
    select * from {{ ref('int_flights__physical') }}
),

taxi as (
    select * from {{ ref('int_taxi__airports') }}
),

assumed as (
    select * from {{ ref('int_taxi__assumed') }}
),

clocked as (
    select
        physical.*,
        {{ minutes_between('departure_scheduled', 'departure_takeoff') }} as minutes_to_takeoff,
        {{ minutes_between('departure_scheduled', 'departure_gate_time') }} as minutes_to_departure,
        {{ minutes_between('arrival_scheduled', 'arrival_touchdown') }} as minutes_to_touchdown,
        {{ minutes_between('arrival_scheduled', 'arrival_gate_time') }} as minutes_to_arrival,
        -- Two airports, two clocks: only UTC gives a duration.
        {{ dbt.datediff('departure_scheduled_utc', 'arrival_scheduled_utc', 'minute') }} as scheduled_duration_minutes,
        {{ dbt.datediff('departure_takeoff_utc', 'arrival_touchdown_utc', 'minute') }} as airborne_minutes,
        coalesce(taxi_out.taxi_minutes, assumed_out.taxi_minutes) as taxi_out_minutes,
        coalesce(taxi_out.taxi_minutes_p80, assumed_out.taxi_minutes_p80) as taxi_out_minutes_p80,
        coalesce(taxi_in.taxi_minutes, assumed_in.taxi_minutes) as taxi_in_minutes,
        coalesce(taxi_in.taxi_minutes_p80, assumed_in.taxi_minutes_p80) as taxi_in_minutes_p80,
        taxi_out.airport_key is null as is_taxi_out_assumed,
        taxi_in.airport_key is null as is_taxi_in_assumed
    from physical
    left join taxi as taxi_out
        on physical.departure_airport_key = taxi_out.airport_key and taxi_out.direction = 'out'
    left join taxi as taxi_in
        on physical.arrival_airport_key = taxi_in.airport_key and taxi_in.direction = 'in'
    left join assumed as assumed_out on assumed_out.direction = 'out'
    left join assumed as assumed_in on assumed_in.direction = 'in'
),

judged as (
    select
        *,
        coalesce(abs(minutes_to_takeoff) < {{ var('absurd_delay_minutes') }}, true) as is_departure_plausible,
        coalesce(abs(minutes_to_touchdown) < {{ var('absurd_delay_minutes') }}, true)
        and coalesce(
            scheduled_duration_minutes between {{ var('shortest_flight_minutes') }} and {{ var('longest_flight_minutes') }}, true
        )
        and coalesce(
            airborne_minutes between {{ var('shortest_airborne_minutes') }} and {{ var('longest_flight_minutes') }}, true
        ) as is_arrival_plausible
    from clocked
),

decided as (
    select
        *,
        case
            when flight_status = 'cancelled' then 'cancelled'
            when flight_status in ('diverted', 'incident') then 'diverted'
            when flight_status = 'landed' then 'arrived'
            when minutes_to_touchdown is not null and is_arrival_plausible then 'arrived'
            when {{ is_settled('flight_date') }} then 'unresolved'
            else 'pending'
        end as outcome,
        case
            when minutes_to_departure is not null then 'measured' when is_taxi_out_assumed then 'assumed' else 'estimated'
        end as departure_gate_times,
        case
            when minutes_to_arrival is not null then 'measured' when is_taxi_in_assumed then 'assumed' else 'estimated'
        end as arrival_gate_times
    from judged
),

timed as (
    select
        *,
        case when is_departure_plausible then minutes_to_takeoff end as takeoff_delay_minutes,
        case when outcome = 'arrived' and is_arrival_plausible then minutes_to_touchdown end as touchdown_delay_minutes
    from decided
)

select
    *,
    is_departure_plausible and is_arrival_plausible as has_plausible_times,
    case
        when 'assumed' in (departure_gate_times, arrival_gate_times) then 'assumed'
        when 'estimated' in (departure_gate_times, arrival_gate_times) then 'estimated'
        else 'measured'
    end as gate_times,
    case when takeoff_delay_minutes is not null then coalesce(minutes_to_departure, takeoff_delay_minutes - taxi_out_minutes) end
        as gate_departure_delay_minutes,
    case
        when takeoff_delay_minutes is not null
            then coalesce(minutes_to_departure, takeoff_delay_minutes - taxi_out_minutes_p80)
    end as gate_departure_delay_minutes_p80,
    case when touchdown_delay_minutes is not null then coalesce(minutes_to_arrival, touchdown_delay_minutes + taxi_in_minutes) end
        as gate_arrival_delay_minutes,
    case
        when touchdown_delay_minutes is not null
            then coalesce(minutes_to_arrival, touchdown_delay_minutes + taxi_in_minutes_p80)
    end as gate_arrival_delay_minutes_p80
from timed
