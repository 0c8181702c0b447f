-- Every marketed row with the one flight that it describes. Rows of one number, route and date at several scheduled times are one
-- flight that was retimed, unless two of them flew one after the other: flights whose actual times do not overlap are two.
with operating as (
    select * from {{ ref('int_flights__operating') }}
),

-- All rows of one scheduled departure are one flight, so each knows the take-off and landing that any of them knows.
timed as (
    select
        *,
        min(coalesce(departure_takeoff_utc, arrival_touchdown_utc))
            over (partition by flight_date, numbered_leg_id, departure_scheduled_local) as left_at,
        max(arrival_touchdown_utc)
            over (partition by flight_date, numbered_leg_id, departure_scheduled_local) as landed_at
    from operating
),

-- A flight whose landing is unknown may still be in the air when the next row takes off, so it never counts as another flight.
bounded as (
    select
        *,
        max(
            case
                when landed_at >= left_at then landed_at
                else {{ dbt.dateadd('minute', var('longest_flight_minutes'), 'left_at') }}
            end
        ) over (
            partition by flight_date, numbered_leg_id
            order by left_at asc nulls last, departure_scheduled_local asc nulls first, flight_key asc
            rows between unbounded preceding and 1 preceding
        ) as busy_until
    from timed
),

counted as (
    select
        *,
        1 + sum(case when left_at > busy_until then 1 else 0 end) over (
            partition by flight_date, numbered_leg_id
            order by left_at asc nulls last, departure_scheduled_local asc nulls first, flight_key asc
            rows between unbounded preceding and current row
        ) as flown_number
    from bounded
),

-- A row that never left belongs to the last flight scheduled at its time or before.
placed as (
    select
        *,
        coalesce(
            max(case when left_at is not null then flown_number end) over (
                partition by flight_date, numbered_leg_id
                order by
                    departure_scheduled_local asc nulls first,
                    case when left_at is null then 1 else 0 end asc,
                    flight_key asc
                rows between unbounded preceding and current row
            ),
            1
        ) as sequence_number
    from counted
)

select
    *,
    case
        when sequence_number = 1 then numbered_leg_id
        else numbered_leg_id || '|' || cast(sequence_number as varchar)
    end as operating_leg_id
from placed
