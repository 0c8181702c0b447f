{#- In each band the lower end is not above the upper end. -#}
{% test bands_are_ordered(model, bands) %}
    select *
    from {{ model }}
    where
        false
        {% for band in bands %}
            or {{ band.low }} > {{ band.high }}
        {% endfor %}
{% endtest %}
