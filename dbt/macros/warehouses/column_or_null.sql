{#- A column of a relation, or null if the table was created before the column existed. -#}
{% macro column_or_null(relation, column) -%}
    {%- set known = [] -%}
    {%- if execute -%}
        {%- for each in adapter.get_columns_in_relation(relation) -%} {%- do known.append(each.name | lower) -%} {%- endfor -%}
    {%- endif -%}
    {{ return(column if column in known else 'cast(null as varchar)') }}
{%- endmacro %}
