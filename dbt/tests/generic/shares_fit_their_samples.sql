{#- Each share is between 0 and 1, and is null exactly if its sample (share: sample) is empty. -#}
{% test shares_fit_their_samples(model, shares) %}
    select *
    from {{ model }}
    where
        false
        {% for share, sample in shares.items() %}
            or not {{ share }} between 0 and 1
            or ({{ share }} is null) != ({{ sample }} = 0)
        {% endfor %}
{% endtest %}
