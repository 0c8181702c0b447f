{#- A name as people read it: no stray blanks, and null for the API's literal "empty". -#}
{% macro clean_name(column) -%}
    nullif(nullif(trim({{ column }}), ''), 'empty')
{%- endmacro %}

{#- The text at a path of a column that holds JSON text. -#}
{% macro json_text(column, path) %}{{ return(adapter.dispatch('json_text')(column, path)) }}{% endmacro %}
{% macro duckdb__json_text(column, path) %}json_extract_string({{ column }}, '$.{{ path | join(".") }}'){% endmacro %}
{% macro snowflake__json_text(column, path) %}json_extract_path_text({{ column }}, '{{ path | join(".") }}'){% endmacro %}

{#- "delta air lines" as "Delta Air Lines": codeshared names come in lower case. -#}
{% macro title_case(column) %}{{ return(adapter.dispatch('title_case')(column)) }}{% endmacro %}
{% macro duckdb__title_case(column) %}
    array_to_string(
        list_transform(string_split({{ column }}, ' '), lambda word: upper(word[1]) || lower(word[2:])), ' '
    )
{% endmacro %}
{% macro snowflake__title_case(column) %}initcap({{ column }}, ' '){% endmacro %}

{#- A zone's IANA name; null for the offsets (`+8`) that the API also sends. -#}
{% macro zone_name(column) -%}
    case when {{ column }} like '%/%' then {{ column }} end
{%- endmacro %}
