{#-
    The flight dates whose state in the warehouse differs from the one that `this` was built from, as a list of literals for an
    IN. Read once per build, so that the dates deleted are the dates inserted, whatever is loaded meanwhile.
-#}
{% macro changed_flight_dates(dates) %}
    {%- set literals = [] -%}
    {%- if execute -%}
        {%- set changed -%}
            select {{ iso_date('dates.flight_date') }} as flight_date
            from {{ dates }} as dates
            left join (select distinct flight_date, date_state from {{ this }}) as built
                on dates.flight_date = built.flight_date and dates.date_state = built.date_state
            where built.flight_date is null
            order by 1
        {%- endset -%}
        {%- for flight_date in run_query(changed).columns[0].values() -%}
            {%- do literals.append(date_of("'" ~ flight_date ~ "'")) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(literals | join(', ') or 'null') }}
{% endmacro %}
