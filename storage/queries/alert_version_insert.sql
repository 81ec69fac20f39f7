insert into alert_version (alert, number, reason, at, decided_at, level, severity, phase, value, threshold, detail)
values (%(alert)s, %(number)s, %(reason)s, %(at)s, %(decided_at)s, %(level)s, %(severity)s, %(phase)s, %(value)s,
        %(threshold)s, %(detail)s)
on conflict (alert, number) do nothing
