select s.configuration ->> 'basin', a.identifier, a.station, a.event, a.state, a.severity, a.level, a.phase,
    a.raised_at, a.ended_at, a.exercise
from alert a
join station s on s.id = a.station
where a.state = 'active' and not a.exercise and a.event = any(%s::text[]) and a.severity = any(%s::text[]) and s.configuration ->> 'basin' is not null
