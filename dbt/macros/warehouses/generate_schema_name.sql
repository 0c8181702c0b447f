{#-
    The targets `duckdb` and `snowflake` get their schemas named exactly as configured (`marts`). Any other target gets its own
    name in front (`dev_marts`), so that a developer's build never replaces the shared marts.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = (custom_schema_name or target.schema) | trim -%}
    {{ name if target.name in ('duckdb', 'snowflake') else target.name ~ '_' ~ name }}
{%- endmacro %}
