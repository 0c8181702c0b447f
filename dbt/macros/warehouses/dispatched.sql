{#- What the two warehouses write differently; all else is one SQL for both. -#}

{#- The current time as a UTC timestamp without zone. -#}
{% macro utc_now() %}{{ return(adapter.dispatch('utc_now')()) }}{% endmacro %}
{% macro duckdb__utc_now() %}timezone('UTC', now()){% endmacro %}
{% macro snowflake__utc_now() %}cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz){% endmacro %}

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
