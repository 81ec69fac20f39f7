insert into alert_version (alert, number, reason, at, decided_at, level, severity, phase, value, threshold, detail)
select *
from json_to_recordset(%(rows)s::json) as r (
    alert text, number integer, reason text, at timestamptz, decided_at timestamptz, level integer, severity text,
    phase text, value double precision, threshold double precision, detail jsonb
)
on conflict (alert, number) do nothing
