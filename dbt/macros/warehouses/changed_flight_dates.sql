{#-
    The flight dates whose state in the warehouse is no longer the one that `this` was built from, as a list of literals for
    an IN. Asked once a build, so that what is deleted and what is inserted are the same dates whatever is loaded meanwhile.
-#}
{% macro changed_flight_dates(dates) %}
    {%- set literals = [] -%}
    {%- if execute -%}
        {%- set changed -%}
            select dates.flight_date
            from {{ dates }} as dates
            left join (select distinct flight_date, date_state from {{ this }}) as built
                on dates.flight_date = built.flight_date and dates.date_state = built.date_state
            where built.flight_date is null
            order by dates.flight_date
        {%- endset -%}
        {%- for flight_date in run_query(changed).columns[0].values() -%}
            {%- do literals.append("cast('" ~ flight_date ~ "' as date)") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(literals | join(', ') or 'null') }}
{% endmacro %}
