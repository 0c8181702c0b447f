with expected as (
    select * from {{ ref('int_loads__expected') }}
),

slices as (
    select * from {{ ref('int_loads__slices') }}
),

airlines as (
    select * from {{ ref('dim_airlines') }}
),

-- A slice of the whole world has every partner's flights.
answered as (
    select
        expected.flight_date,
        expected.scope,
        expected.partner_code,
        expected.due_at,
        count(slices.run_id) as loads,
        max(case when slices.is_complete then 1 else 0 end) as is_complete,
        max(case when slices.is_settled then 1 else 0 end) as is_settled,
        min(case when slices.is_settled then slices.loaded_at end) as settled_at,
        max(slices.as_of) as last_as_of
    from expected
    left join slices
        on
            expected.flight_date = slices.flight_date
            and slices.scope in (expected.scope, '')
    group by expected.flight_date, expected.scope, expected.partner_code, expected.due_at
),

named as (
    select
        codes.partner_code,
        airlines.airline_key,
        airlines.airline_name
    from (select distinct partner_code from expected) as codes
    inner join airlines on codes.partner_code in (airlines.airline_icao, airlines.airline_iata)
    qualify row_number() over (
        partition by codes.partner_code
        order by
            airlines.has_flights desc,
            case when airlines.airline_status = 'active' then 0 else 1 end asc,
            airlines.airline_key asc
    ) = 1
),

by_partner as (
    select
        flight_date,
        partner_code,
        count(*) as expected_slices,
        sum(is_complete) as complete_slices,
        sum(is_settled) as settled_slices,
        {{ count_where('loads > 0 and is_complete = 0') }} as incomplete_slices,
        {{ count_where('loads = 0') }} as missing_slices,
        {{ count_where('coalesce(settled_at, ' ~ as_of() ~ ') > due_at') }} as late_slices,
        max(last_as_of) as last_as_of
    from answered
    group by flight_date, partner_code
)

select
    by_partner.flight_date,
    by_partner.partner_code,
    named.airline_key,
    case
        when by_partner.partner_code = 'ALL' then 'All airlines'
        else coalesce(named.airline_name, by_partner.partner_code)
    end as airline_name,
    cast(by_partner.expected_slices as bigint) as expected_slices,
    cast(by_partner.complete_slices as bigint) as complete_slices,
    cast(by_partner.settled_slices as bigint) as settled_slices,
    cast(by_partner.incomplete_slices as bigint) as incomplete_slices,
    cast(by_partner.missing_slices as bigint) as missing_slices,
    cast(by_partner.late_slices as bigint) as late_slices,
    {{ share('by_partner.complete_slices', 'by_partner.expected_slices') }} as completeness_share,
    by_partner.last_as_of
from by_partner
left join named on by_partner.partner_code = named.partner_code
