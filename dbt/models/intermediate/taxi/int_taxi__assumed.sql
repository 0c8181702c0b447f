-- Taxi minutes for airports outside the US without figures: those of all US airports, with the band from median to p80 widened at
-- both ends, because US medians are up to 5 minutes too long elsewhere.
select
    direction,
    cast(median_minutes as decimal(6, 1))
    - case direction when 'out' then {{ var('assumed_out_widened_minutes') }} else {{ var('assumed_in_widened_minutes') }} end
        as taxi_minutes,
    cast(p80_minutes as decimal(6, 1))
    + case direction when 'out' then {{ var('assumed_out_widened_minutes') }} else {{ var('assumed_in_widened_minutes') }} end
        as taxi_minutes_p80
from {{ ref('taxi_defaults') }}
where size = 'all'
