-- What became of each flight, and how late it was. The status decides the outcome; the times only measure.
with physical as (
    select * from {{ ref('int_flights__physical') }}
),

clocked as (
    select
        *,
        {{ minutes_between('departure_scheduled', 'departure_actual') }} as departure_minutes_late,
        {{ minutes_between('arrival_scheduled', 'arrival_actual') }} as arrival_minutes_late,
        -- Two airports, two clocks: only UTC gives a duration.
        {{ dbt.datediff('departure_scheduled_utc', 'arrival_scheduled_utc', 'minute') }} as scheduled_duration_minutes,
        {{ dbt.datediff('departure_actual_utc', 'arrival_actual_utc', 'minute') }} as actual_duration_minutes
    from physical
),

decided as (
    select
        *,
        case
            when flight_status = 'landed' then 'arrived'
            when flight_status = 'cancelled' then 'cancelled'
            when flight_status in ('diverted', 'incident') then 'diverted'
            when {{ is_settled('flight_date') }} then 'unresolved'
            else 'pending'
        end as outcome,
        coalesce(scheduled_duration_minutes > {{ var('shortest_flight_minutes') }}, true)
        and coalesce(scheduled_duration_minutes <= {{ var('longest_flight_minutes') }}, true)
        and coalesce(actual_duration_minutes > {{ var('shortest_flight_minutes') }}, true)
        and coalesce(actual_duration_minutes <= {{ var('longest_flight_minutes') }}, true)
        and coalesce(abs(departure_minutes_late) < {{ var('absurd_delay_minutes') }}, true)
        and coalesce(abs(arrival_minutes_late) < {{ var('absurd_delay_minutes') }}, true) as has_plausible_times
    from clocked
),

timed as (
    select
        *,
        case when outcome = 'arrived' and has_plausible_times then departure_minutes_late end as departure_delay_minutes,
        case when outcome = 'arrived' and has_plausible_times then arrival_minutes_late end as arrival_delay_minutes
    from decided
)

select
    *,
    departure_delay_minutes <= {{ var('on_time_within_minutes') }} as is_departure_on_time,
    arrival_delay_minutes <= {{ var('on_time_within_minutes') }} as is_arrival_on_time
from timed
