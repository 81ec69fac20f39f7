select identifier, station, event, state, severity, level, phase, raised_at, ended_at
from alert
where identifier = any(%(identifiers)s::text[])
