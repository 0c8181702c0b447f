{#-
    The most frequent value of each key, by the sum of `weight`. Ties go by the alphabet, so that every build and every warehouse
    picks the same. Values with a higher `preferred` go first, however rare.
-#}
{% macro most_frequent(relation, key, column, weight, preferred=none) -%}
    select
        {{ key }},
        {{ column }}
    from {{ relation }}
    where {{ column }} is not null
    group by {{ key }}, {{ column }}
    qualify row_number() over (
        partition by {{ key }}
        order by {% if preferred %}max({{ preferred }}) desc, {% endif %}sum({{ weight }}) desc, {{ column }} asc
    ) = 1
{%- endmacro %}
