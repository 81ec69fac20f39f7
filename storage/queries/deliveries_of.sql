select id, alert, version, recipient, channel, language, state, attempts, due_at, at, error
from delivery
where alert = %s
order by version, recipient, channel
