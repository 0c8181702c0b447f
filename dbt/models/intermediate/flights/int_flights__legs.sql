-- One row a leg of an operating carrier's flight number. The operating row speaks for the flight; where it is missing, a
-- codeshare row does. Rows of one leg at two times are one flight that was retimed: the row seen last counts.
with operating as (
    select * from {{ ref('int_flights__operating') }}
),

ranked as (
    select
        *,
        count(distinct case when not is_operating_row then flight_leg_id end)
            over (partition by flight_date, operating_leg_id) as codeshare_count,
        row_number() over (
            partition by flight_date, operating_leg_id
            order by
                is_operating_row desc,
                extracted_at desc,
                departure_scheduled_local desc nulls last,
                flight_key asc
        ) as leg_rank
    from operating
)

select * from ranked
where leg_rank = 1
