{#- What the two warehouses write differently; all else is one SQL for both. -#}

{#- The current time as a UTC timestamp without zone. -#}
{% macro utc_now() %}{{ return(adapter.dispatch('utc_now')()) }}{% endmacro %}
{% macro duckdb__utc_now() %}timezone('UTC', now()){% endmacro %}
{% macro snowflake__utc_now() %}cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz){% endmacro %}

{#- A date as text, YYYY-MM-DD, whatever DATE_OUTPUT_FORMAT the account has. -#}
{% macro iso_date(column) %}{{ return(adapter.dispatch('iso_date')(column)) }}{% endmacro %}
{% macro duckdb__iso_date(column) %}strftime({{ column }}, '%Y-%m-%d'){% endmacro %}
{% macro snowflake__iso_date(column) %}to_char({{ column }}, 'YYYY-MM-DD'){% endmacro %}

{#- The date of a text YYYY-MM-DD, whatever DATE_INPUT_FORMAT the account has. `text` is SQL. -#}
{% macro date_of(text) %}{{ return(adapter.dispatch('date_of')(text)) }}{% endmacro %}
{% macro duckdb__date_of(text) %}cast({{ text }} as date){% endmacro %}
{% macro snowflake__date_of(text) %}to_date({{ text }}, 'YYYY-MM-DD'){% endmacro %}

{#- The timestamp without zone of 'YYYY-MM-DD HH:MM:SS', a plain text of ours. -#}
{% macro timestamp_of(text) %}{{ return(adapter.dispatch('timestamp_of')(text)) }}{% endmacro %}
{% macro duckdb__timestamp_of(text) %}cast('{{ text }}' as timestamp){% endmacro %}
{% macro snowflake__timestamp_of(text) %}to_timestamp_ntz('{{ text }}', 'YYYY-MM-DD HH24:MI:SS'){% endmacro %}

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
