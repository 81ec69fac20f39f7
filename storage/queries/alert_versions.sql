select alert, number, reason, at, decided_at, level, severity, phase, value, threshold, detail
from alert_version
where alert = any(%(identifiers)s::text[])
order by alert, number
