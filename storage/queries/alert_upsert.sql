insert into alert (identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise)
select * from unnest(%(identifier)s::text[], %(station)s::text[], %(event)s::text[], %(state)s::text[],
    %(severity)s::text[], %(level)s::integer[], %(phase)s::text[], %(raised_at)s::timestamptz[],
    %(ended_at)s::timestamptz[], %(exercise)s::boolean[])
on conflict (identifier) do update set
    state = excluded.state, severity = excluded.severity, level = excluded.level, phase = excluded.phase,
    raised_at = excluded.raised_at, ended_at = excluded.ended_at
