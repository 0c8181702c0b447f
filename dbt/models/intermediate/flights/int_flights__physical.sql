-- One row a flight in the sky. A shadow row is the same flight under another identity, as QLK (no number), QLK2385 and QF2385:
-- 1. same route, same scheduled departure and same number under two carriers: one flight;
-- 2. no number or no airline, beside an identified flight of the same route and scheduled times: that flight.
-- Two carriers that fly a route at the same minute under different numbers are two flights (VA832 and QF435 do).
with legs as (
    select
        *,
        operating_flight_number is not null and operating_airline_key is not null as is_identified,
        case when departure_actual_local is null then 0 else 1 end
        + case when arrival_actual_local is null then 0 else 1 end as actual_times
    from {{ ref('int_flights__legs') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by
                flight_date,
                departure_airport_key,
                arrival_airport_key,
                departure_scheduled_local,
                coalesce(operating_flight_number, flight_key)
            order by
                is_identified desc,
                is_operating_row desc,
                actual_times desc,
                codeshare_count desc,
                extracted_at desc,
                operating_leg_id asc
        ) as rank_in_number,
        row_number() over (
            partition by
                flight_date,
                departure_airport_key,
                arrival_airport_key,
                departure_scheduled_local,
                arrival_scheduled_local
            order by
                is_identified desc,
                is_operating_row desc,
                operating_flight_number asc nulls last,
                actual_times desc,
                extracted_at desc,
                operating_leg_id asc
        ) as rank_in_slot
    from legs
)

select * from ranked
where
    rank_in_number = 1
    and (is_identified or rank_in_slot = 1)
