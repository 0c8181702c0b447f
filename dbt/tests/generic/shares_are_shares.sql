{#- Shares lie between 0 and 1, and stand exactly where their sample is not empty. -#}
{% test shares_are_shares(model) %}
select *
from {{ model }}
where
    not on_time_share between 0 and 1
    or not departure_on_time_share between 0 and 1
    or not cancellation_share between 0 and 1
    or (on_time_share is null) != (timed_arrivals = 0)
    or (departure_on_time_share is null) != (timed_departures = 0)
{% endtest %}
