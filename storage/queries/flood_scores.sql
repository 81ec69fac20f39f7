select station, level, at, lead_h, figures
from flood_score
where at between %(first)s and %(last)s and (%(stations)s::text[] is null or station = any(%(stations)s))
order by station, level, at, lead_h
