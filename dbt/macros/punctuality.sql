{#- Part of a whole between 0 and 1; null where there is no whole. -#}
{% macro share(part, whole) -%}
    cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}

{#- How many rows fulfil a condition; null does not. DuckDB's count_if says null where the condition is null in all rows. -#}
{% macro count_where(condition) -%}
    count(case when {{ condition }} then 1 end)
{%- endmacro %}

{#- What became of a group of flights: the same columns, by the same rules, in every mart. -#}
{% macro outcomes() -%}
    cast(count(*) as bigint) as flights,
    cast({{ count_where("outcome = 'arrived'") }} as bigint) as arrived_flights,
    cast({{ count_where("outcome = 'cancelled'") }} as bigint) as cancelled_flights,
    cast({{ count_where("outcome = 'diverted'") }} as bigint) as diverted_flights,
    cast({{ count_where("outcome = 'unresolved'") }} as bigint) as unresolved_flights,
    cast({{ count_where("outcome = 'pending'") }} as bigint) as pending_flights,
    {{ share(count_where("outcome = 'cancelled'"), 'count(*)') }} as cancellation_share
{%- endmacro %}

{#-
    How punctual a group of flights was: `delay` and `on_time` are the columns to sum up, `timed` names what they time
    (arrivals), `prefix` tells two on-time shares of one mart apart.
-#}
{% macro punctuality(delay, on_time, timed, prefix='') -%}
    cast(count({{ delay }}) as bigint) as timed_{{ timed }},
    cast({{ count_where(on_time) }} as bigint) as on_time_{{ timed }},
    {{ share(count_where(on_time), 'count(' ~ delay ~ ')') }} as {{ prefix }}on_time_share,
    cast(coalesce(sum({{ delay }}), 0) as bigint) as total_{{ delay }},
    avg(cast({{ delay }} as double)) as mean_{{ delay }},
    percentile_cont(0.9) within group (order by cast({{ delay }} as double)) as p90_{{ delay }}
{%- endmacro %}
