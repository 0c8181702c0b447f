{#- Every flight has exactly one outcome, and only flights that landed are timed. -#}
{% test outcomes_add_up(model) %}
select *
from {{ model }}
where
    flights != arrived_flights + cancelled_flights + diverted_flights + unresolved_flights + pending_flights
    or timed_arrivals > arrived_flights
    or timed_departures > arrived_flights
    or on_time_arrivals > timed_arrivals
    or on_time_departures > timed_departures
{% endtest %}
