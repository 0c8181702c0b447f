{#- The moment that the marts are built for: now, or the `as_of` variable. -#}
{% macro as_of() -%}
    {%- if var('as_of') -%} {{ timestamp_of(var('as_of')) }} {%- else -%} {{ utc_now() }} {%- endif -%}
{%- endmacro %}

{#- Whether the API's list of a date no longer changes (a flight date two days back in UTC). -#}
{% macro is_settled(flight_date) -%}
    cast({{ dbt.dateadd('day', var('settles_after_days'), flight_date) }} as date) <= cast({{ as_of() }} as date)
{%- endmacro %}

{#-
    Minutes from one clock reading of an airport to another. UTC counts right over a change of the clocks; if the airport's
    zone is unknown, there is only its local clock.
-#}
{% macro minutes_between(first, last) -%}
    coalesce(
        {{ dbt.datediff(first ~ '_utc', last ~ '_utc', 'minute') }},
        {{ dbt.datediff(first ~ '_local', last ~ '_local', 'minute') }}
    )
{%- endmacro %}

{#- Whole milliseconds since 2000. -#}
{% macro epoch_milliseconds(moment) -%}
    {{ dbt.datediff(timestamp_of('2000-01-01 00:00:00'), moment, 'millisecond') }}
{%- endmacro %}
