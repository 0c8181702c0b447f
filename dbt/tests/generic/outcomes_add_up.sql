{#- Every flight has exactly one outcome, and on-time flights are timed flights. -#}
{% test outcomes_add_up(model, timed) %}
    select *
    from {{ model }}
    where
        flights
        != arrived_flights + cancelled_flights + diverted_flights + unresolved_flights + pending_flights
        {% for sample in timed %}
            or timed_{{ sample }} > {{ 'arrived_flights' if sample == 'arrivals' else 'flights' }}
            or gate_on_time_{{ sample }} > timed_{{ sample }}
            or gate_on_time_{{ sample }}_p80 > timed_{{ sample }}
            or assumed_{{ sample }} > timed_{{ sample }}
        {% endfor %}
{% endtest %}
