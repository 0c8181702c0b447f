{#-
    The order in which rows of one flight are believed: a final status, actual times, a schedule, the operating row, the newest.
    A codeshare row that knows the landing goes before the operating row that does not.
-#}
{% macro by_evidence() -%}
    case when flight_status in ('landed', 'cancelled', 'diverted', 'incident') then 0 else 1 end asc,
    case when departure_actual_local is null then 0 else 1 end
    + case when arrival_actual_local is null then 0 else 1 end desc,
    case when departure_scheduled_local is null then 0 else 1 end
    + case when arrival_scheduled_local is null then 0 else 1 end desc,
    is_operating_row desc,
    extracted_at desc,
    departure_scheduled_local desc nulls last,
    flight_key asc
{%- endmacro %}

{#- The value of `column` in the most credible row that knows `known`, within the rows of one `leg`. -#}
{% macro most_credible(column, known, leg) -%}
    first_value({{ column }}) over (
        partition by flight_date, {{ leg }}
        order by
            case when {{ known }} is null then 1 else 0 end asc,
            {{ by_evidence() }}
    )
{%- endmacro %}
