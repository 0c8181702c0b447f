{#- Part of a whole between 0 and 1; null if the whole is empty. -#}
{% macro share(part, whole) -%}
    cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}

{#- Number of rows that fulfil a condition. DuckDB's count_if returns null if the condition is null in every row. -#}
{% macro count_where(condition) -%}
    count(case when {{ condition }} then 1 end)
{%- endmacro %}

{#- Exact in any order of rows: sums of doubles are not. -#}
{% macro total_minutes(minutes) -%}
    cast(coalesce(sum(cast({{ minutes }} as decimal(12, 1))), 0) as double)
{%- endmacro %}

{#- On time: less than `late_from_minutes` late, on the unrounded delay. -#}
{% macro is_on_time(delay) -%}
    {{ delay }} < {{ var('late_from_minutes') }}
{%- endmacro %}

{#- Outcomes of a group of flights: the same columns, by the same rules, in every mart. -#}
{% macro outcomes() -%}
    {%- set scheduled = "outcome != 'pending'" -%}
    {%- set cancelled = count_where("outcome = 'cancelled'") -%}
    cast(count(*) as bigint) as flights,
    cast({{ count_where("outcome = 'arrived'") }} as bigint) as arrived_flights,
    cast({{ cancelled }} as bigint) as cancelled_flights,
    cast({{ count_where("outcome = 'diverted'") }} as bigint) as diverted_flights,
    cast({{ count_where("outcome = 'unresolved'") }} as bigint) as unresolved_flights,
    cast({{ count_where("outcome = 'pending'") }} as bigint) as pending_flights,
    {{ share(cancelled, 'count(*)') }} as cancellation_share,
    1 - {{ share(cancelled, count_where(scheduled)) }} as completion_factor
{%- endmacro %}

{#-
    Punctuality of a group of flights at one end, by each clock. `runway` is the column of the delay as sent, `gate` the column of
    the gate estimate, `assumed` the condition under which that estimate is only assumed. `flights` names what is counted
    (arrivals), `clock` the runway clock (touchdown).
-#}
{% macro punctuality(runway, gate, assumed, flights, clock) -%}
    {%- set timed = 'count(' ~ gate ~ ')' -%}
    {%- set late = 'case when ' ~ gate ~ ' > 0 then ' ~ gate ~ ' when ' ~ gate ~ ' <= 0 then 0 end' -%}
    cast({{ timed }} as bigint) as timed_{{ flights }},
    cast({{ count_where(gate ~ ' is not null and ' ~ assumed) }} as bigint) as assumed_{{ flights }},
    cast({{ count_where(is_on_time(runway)) }} as bigint) as {{ clock }}_on_time_{{ flights }},
    cast({{ count_where(is_on_time(gate)) }} as bigint) as gate_on_time_{{ flights }},
    cast({{ count_where(is_on_time(gate ~ '_p80')) }} as bigint) as gate_on_time_{{ flights }}_p80,
    {{ share(count_where(is_on_time(runway)), timed) }} as {{ clock }}_on_time_share,
    {{ share(count_where(is_on_time(gate)), timed) }} as otp_{{ flights }},
    {{ share(count_where(is_on_time(gate ~ '_p80')), timed) }} as otp_{{ flights }}_p80,
    {{ total_minutes(gate) }} as total_{{ gate }},
    {{ total_minutes(late) }} as total_{{ gate | replace('delay', 'late') }},
    {{ share(total_minutes(gate), timed) }} as mean_{{ gate }},
    {{ share(total_minutes(late), timed) }} as mean_{{ gate | replace('delay', 'late') }},
    percentile_cont(0.9) within group (order by {{ gate }}) as p90_{{ gate }},
    cast({{ count_where(gate ~ ' > 60') }} as bigint) as {{ flights }}_over_60_minutes,
    cast({{ count_where(gate ~ ' > 180') }} as bigint) as {{ flights }}_over_180_minutes
{%- endmacro %}

{#-
    Arrivals on time out of the scheduled flights, as the US DOT counts: cancelled and diverted flights are late. Unresolved
    flights are bounds: left out, late if they left an hour late, all late.
-#}
{% macro scheduled_punctuality() -%}
    {%- set gate = 'gate_arrival_delay_minutes' -%}
    {%- set known = gate ~ " is not null or outcome in ('cancelled', 'diverted')" -%}
    {%- set left_late -%}
        outcome = 'unresolved' and gate_departure_delay_minutes >= {{ var('left_late_from_minutes') }}
    {%- endset -%}
    cast({{ count_where(left_late) }} as bigint) as unresolved_left_late_flights,
    cast({{ count_where(known) }} as bigint) as otp_scheduled_flights,
    {{ share(count_where(is_on_time(gate)), count_where(known)) }} as otp_scheduled,
    {{ share(count_where(is_on_time(gate ~ '_p80')), count_where(known)) }} as otp_scheduled_p80,
    {{ share(count_where(is_on_time(gate)), count_where(known ~ ' or ' ~ left_late)) }} as otp_scheduled_left_late,
    {{ share(count_where(is_on_time(gate)), count_where(known ~ " or outcome = 'unresolved'")) }} as otp_scheduled_all_late
{%- endmacro %}

{#- Punctuality of arrivals, from the columns of fct_flights. -#}
{% macro arrivals() -%}
    {{
        punctuality(
            'touchdown_delay_minutes',
            'gate_arrival_delay_minutes',
            assumed="arrival_gate_times = 'assumed'",
            flights='arrivals',
            clock='touchdown'
        )
    }}
{%- endmacro %}

{#- Punctuality of departures, from the columns of fct_flights. -#}
{% macro departures() -%}
    {{
        punctuality(
            'takeoff_delay_minutes',
            'gate_departure_delay_minutes',
            assumed="departure_gate_times = 'assumed'",
            flights='departures',
            clock='takeoff'
        )
    }}
{%- endmacro %}
