{#-
    The value that each key bears most often, by the sum of `weight`; the alphabet settles a tie, so that every build and every
    warehouse picks the same. Values whose `preferred` is higher go first, however rare.
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
