with loads as (
    select * from {{ ref('stg_aviationstack__loads') }}
)

select
    endpoint,
    cast(count(*) as bigint) as loads,
    cast({{ count_where('is_complete') }} as bigint) as complete_loads,
    max(loaded_at) as last_loaded_at,
    max(as_of) as last_as_of,
    max(case when is_complete then as_of end) as last_complete_as_of,
    max({{ date_of('requested_date') }}) as last_requested_date,
    cast(sum(calls) as bigint) as calls,
    case when count(distinct api_source) > 1 then 'several' else max(api_source) end as source,
    {{ as_of() }} as built_at
from loads
group by endpoint
