select identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise
from alert
where not exercise and station = %(station)s and event = %(event)s and (state = 'active' or ended_at >= %(since)s)
order by raised_at, identifier
