-- Every leg with the leg that names its physical flight. A shadow is the same flight under another identity, as QLK (no number),
-- QLK2385 and QF2385:
-- 1. same route, same scheduled departure and same number under two carriers: one flight;
-- 2. no number or no airline, beside an identified flight of the same route and scheduled times: that flight.
-- Two carriers that fly a route at the same minute under different numbers are two flights (VA832 and QF435 do).
with legs as (
    select
        *,
        operating_flight_number is not null and operating_airline_key is not null as is_identified,
        coalesce(operating_flight_number, flight_key) as shared_number
    from {{ ref('int_flights__legs') }}
),

numbered as (
    select
        *,
        first_value(operating_leg_id) over (
            partition by
                flight_date, departure_airport_key, arrival_airport_key, departure_scheduled_local, shared_number
            order by
                is_identified desc,
                is_operating_row desc,
                actual_times desc,
                codeshare_count desc,
                extracted_at desc,
                operating_leg_id asc
        ) as number_leg_id,
        max(case when is_identified then 1 else 0 end) over (
            partition by
                flight_date, departure_airport_key, arrival_airport_key, departure_scheduled_local, shared_number
        ) as is_number_identified
    from legs
),

slotted as (
    select
        *,
        first_value(number_leg_id) over (
            partition by
                flight_date,
                departure_airport_key,
                arrival_airport_key,
                departure_scheduled_local,
                arrival_scheduled_local
            order by
                is_number_identified desc,
                is_operating_row desc,
                operating_flight_number asc nulls last,
                actual_times desc,
                extracted_at desc,
                operating_leg_id asc
        ) as slot_leg_id,
        count(distinct case when is_number_identified = 1 then number_leg_id end) over (
            partition by
                flight_date,
                departure_airport_key,
                arrival_airport_key,
                departure_scheduled_local,
                arrival_scheduled_local
        ) as identified_in_slot
    from numbered
)

select
    flight_date,
    operating_leg_id,
    case when is_number_identified = 1 then number_leg_id else slot_leg_id end as physical_leg_id,
    -- An unidentified row beside two flights may be either, so it proves nothing of them.
    is_number_identified = 1 or identified_in_slot < 2 as is_evidence
from slotted
