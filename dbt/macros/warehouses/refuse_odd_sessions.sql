{#-
    Stop before anything is built if the Snowflake session reads `timestamp` as a type with a time zone: the columns of the marts
    would shift. Dates and texts do not depend on the session.
-#}
{% macro refuse_odd_sessions() %}{{ return(adapter.dispatch('refuse_odd_sessions')()) }}{% endmacro %}
{% macro duckdb__refuse_odd_sessions() %}{% endmacro %}
{% macro snowflake__refuse_odd_sessions() %}
    {%- if execute -%}
        {%- set found = run_query("show parameters like 'TIMESTAMP_TYPE_MAPPING' in session") -%}
        {%- for row in found.rows if row['value'] != 'TIMESTAMP_NTZ' -%}
            {{ exceptions.raise_compiler_error(
                "TIMESTAMP_TYPE_MAPPING is '" ~ row['value'] ~ "': the marts need TIMESTAMP_NTZ. Run: alter user "
                ~ target.user ~ " set TIMESTAMP_TYPE_MAPPING = TIMESTAMP_NTZ"
            ) }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
