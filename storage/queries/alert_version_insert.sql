insert into alert_version (alert, number, reason, at, decided_at, level, severity, phase, value, threshold, detail)
select * from unnest(%(alert)s::text[], %(number)s::integer[], %(reason)s::text[], %(at)s::timestamptz[],
    %(decided_at)s::timestamptz[], %(level)s::integer[], %(severity)s::text[], %(phase)s::text[],
    %(value)s::double precision[], %(threshold)s::double precision[], %(detail)s::jsonb[])
on conflict (alert, number) do nothing
