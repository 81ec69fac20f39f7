select identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise
from alert
where (not %(active_only)s or state = 'active')
    and (%(stations)s::text[] is null or station = any(%(stations)s))
    and (%(since)s::timestamptz is null or state = 'active' or ended_at >= %(since)s)
order by raised_at desc, identifier desc
limit %(limit)s::bigint
