{#- Every flight has exactly one outcome, only flights that landed are timed, and only timed ones are on time. -#}
{% test outcomes_add_up(model, timed) %}
    select *
    from {{ model }}
    where
        flights
        != arrived_flights + cancelled_flights + diverted_flights + unresolved_flights + pending_flights
        {% for sample in timed %}
            or timed_{{ sample }} > arrived_flights
            or on_time_{{ sample }} > timed_{{ sample }}
        {% endfor %}
{% endtest %}
