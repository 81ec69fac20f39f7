select identifier, station, event, state, severity, level, phase, raised_at, ended_at
from alert
where station = %(station)s and event = %(event)s and (state = 'active' or ended_at >= %(since)s)
order by raised_at, identifier
