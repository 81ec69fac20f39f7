insert into alert (identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise)
select *
from json_to_recordset(%(rows)s::json) as r (
    identifier text, station text, event text, state text, severity text, level integer, phase text,
    raised_at timestamptz, ended_at timestamptz, exercise boolean
)
on conflict (identifier) do update set
    state = excluded.state, severity = excluded.severity, level = excluded.level, phase = excluded.phase,
    raised_at = excluded.raised_at, ended_at = excluded.ended_at
