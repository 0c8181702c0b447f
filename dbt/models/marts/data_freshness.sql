with loads as (
    select * from {{ ref('stg_aviationstack__loads') }}
),

taxi as (
    select {{ own_taxi_times_used() }} as own_taxi_times
    from {{ ref('int_taxi__own') }}
)

select
    loads.endpoint,
    cast(count(*) as bigint) as loads,
    cast({{ count_where('loads.is_complete') }} as bigint) as complete_loads,
    max(loads.loaded_at) as last_loaded_at,
    max(loads.as_of) as last_as_of,
    max(case when loads.is_complete then loads.as_of end) as last_complete_as_of,
    max({{ date_of('loads.requested_date') }}) as last_requested_date,
    cast(sum(loads.calls) as bigint) as calls,
    case when count(distinct loads.api_source) > 1 then 'several' else max(loads.api_source) end as source,
    max(taxi.own_taxi_times) as own_taxi_times,
    {{ as_of() }} as built_at
from loads
cross join taxi
group by loads.endpoint
