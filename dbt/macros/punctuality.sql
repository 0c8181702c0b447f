{#- Part of a whole between 0 and 1; null where there is no whole. -#}
{% macro share(part, whole) -%}
    cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}

{#-
    What is counted and measured of a group of flights: the same columns, by the same rules, in every mart.
    `ends` names the ends that are timed; each has a delay and an on-time flag of its own in fct_flights.
-#}
{% macro counts() -%}
    cast(count(*) as bigint) as flights,
    cast(count_if(outcome = 'arrived') as bigint) as arrived_flights,
    cast(count_if(outcome = 'cancelled') as bigint) as cancelled_flights,
    cast(count_if(outcome = 'diverted') as bigint) as diverted_flights,
    cast(count_if(outcome = 'unresolved') as bigint) as unresolved_flights,
    cast(count_if(outcome = 'pending') as bigint) as pending_flights,
    {{ share("count_if(outcome = 'cancelled')", 'count(*)') }} as cancellation_share
{%- endmacro %}

{% macro punctuality(end, prefix='') -%}
    cast(count({{ end }}_delay_minutes) as bigint) as timed_{{ end }}s,
    cast(count_if(is_{{ end }}_on_time) as bigint) as on_time_{{ end }}s,
    {{ share('count_if(is_' ~ end ~ '_on_time)', 'count(' ~ end ~ '_delay_minutes)') }} as {{ prefix }}on_time_share,
    cast(coalesce(sum({{ end }}_delay_minutes), 0) as bigint) as total_{{ end }}_delay_minutes,
    avg(cast({{ end }}_delay_minutes as double)) as mean_{{ end }}_delay_minutes,
    percentile_cont(0.9) within group (order by cast({{ end }}_delay_minutes as double))
        as p90_{{ end }}_delay_minutes
{%- endmacro %}
