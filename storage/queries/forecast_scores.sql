select station, day, lead_h, tally
from forecast_score
where day between %(first)s and %(last)s and (%(stations)s::text[] is null or station = any(%(stations)s))
order by station, lead_h, day
