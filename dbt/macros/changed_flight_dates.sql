{#-
    The flight dates whose state in the warehouse is no longer the one that `this` was built from, as a list of literals.
    Asked once a build, so that what is deleted and what is inserted are the same dates whatever is loaded meanwhile.
-#}
{% macro changed_flight_dates(dates) %}
    {%- if not execute -%} {{ return([]) }} {%- endif -%}
    {%- set changed = run_query(
        "select dates.flight_date from " ~ dates ~ " as dates"
        ~ " left join (select distinct flight_date, date_state from " ~ this ~ ") as built"
        ~ " on dates.flight_date = built.flight_date and dates.date_state = built.date_state"
        ~ " where built.flight_date is null order by dates.flight_date"
    ) -%}
    {{ return(changed.columns[0].values() | list) }}
{% endmacro %}
