{#- Which own taxi times the marts are built with, as text; null if with the shipped ones alone. -#}
{% macro own_taxi_times_used() -%}
    max(period) || ', ' || cast(cast(sum(flights) as bigint) as varchar) || ' taxi times'
{%- endmacro %}
