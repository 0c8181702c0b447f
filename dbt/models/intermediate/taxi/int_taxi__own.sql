-- The user's own taxi times, such as `aviastack reconcile` builds from a BTS file; no rows if there is no such table.
{%- set own = own_taxi_times() %}
{% if own %}
    select
        airport_iata,
        direction,
        median_minutes,
        p80_minutes,
        cast(flights as bigint) as flights,
        period,
        source
    from {{ own }}
{% else %}
    select
        airport_iata,
        direction,
        median_minutes,
        p80_minutes,
        cast(flights as bigint) as flights,
        cast(period as varchar) as period,
        source
    from {{ ref('taxi_times') }}
    where false
{% endif %}
