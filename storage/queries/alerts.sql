select identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise
from alert
where (not %(active_only)s or state = 'active')
    and (not %(drills_only)s or exercise)
    and (%(stations)s::json is null or station in (select json_array_elements_text(%(stations)s::json)))
    and (%(since)s::timestamptz is null or state = 'active' or ended_at >= %(since)s)
order by raised_at desc, identifier desc
limit %(limit)s::bigint
