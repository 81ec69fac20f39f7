insert into alert (identifier, station, event, state, severity, level, phase, raised_at, ended_at)
values (%(identifier)s, %(station)s, %(event)s, %(state)s, %(severity)s, %(level)s, %(phase)s, %(raised_at)s,
        %(ended_at)s)
on conflict (identifier) do update set
    state = excluded.state, severity = excluded.severity, level = excluded.level, phase = excluded.phase,
    raised_at = excluded.raised_at, ended_at = excluded.ended_at
