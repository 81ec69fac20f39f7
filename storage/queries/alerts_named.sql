select identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise
from alert
where identifier = any(array(select json_array_elements_text(%(identifiers)s::json)))
