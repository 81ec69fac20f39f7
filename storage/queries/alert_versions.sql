select alert, number, reason, at, decided_at, level, severity, phase, value, threshold, detail
from alert_version
where alert = any(array(select json_array_elements_text(%(identifiers)s::json)))
order by alert, number
