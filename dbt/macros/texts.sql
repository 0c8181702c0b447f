{#- A name without stray blanks; null for the API's literal "empty". -#}
{% macro clean_name(column) -%}
    nullif(nullif(trim({{ column }}), ''), 'empty')
{%- endmacro %}





{#- A zone's IANA name; null for the offsets (`+8`) that the API also sends. -#}
{% macro zone_name(column) -%}
    case when {{ column }} like '%/%' then {{ column }} end
{%- endmacro %}
