{#-
    The relation that `own_taxi_times` names, or none. The default need not exist; any other name must, because estimates would
    otherwise silently use the shipped figures.
-#}
{% macro own_taxi_times() %}
    {%- set name = var('own_taxi_times') -%}
    {%- if not execute or not name -%} {{ return(none) }} {%- endif -%}
    {%- set parts = name.split('.') -%}
    {%- set found = adapter.get_relation(
        database=parts[-3] if parts | length > 2 else target.database, schema=parts[-2], identifier=parts[-1]
    ) -%}
    {%- if found is none and name != 'reference.own_taxi_times' -%}
        {{ exceptions.raise_compiler_error("The variable own_taxi_times is '" ~ name ~ "', which does not exist.") }}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}
