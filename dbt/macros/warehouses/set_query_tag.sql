{#- Snowflake's query tag of a model, seed or snapshot, by which its credits are found; what else dbt runs has the profile's. -#}
{% macro snowflake__set_query_tag() %}
    {%- do run_query(
        "alter session set query_tag = 'aviastack-dbt model=" ~ model.name ~ " invocation=" ~ invocation_id ~ "'"
    ) -%}
    {{ return(target.query_tag) }}
{% endmacro %}

{% macro snowflake__unset_query_tag(original_query_tag) %}
    {%- do run_query("alter session set query_tag = '" ~ (original_query_tag or '') ~ "'") -%}
{% endmacro %}
