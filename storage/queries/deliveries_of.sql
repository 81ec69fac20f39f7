select id, alert, version, recipient, person, channel, lane, rung, round, origin, language, urgent, basin, state, attempts,
    may_repeat, message, due_at, at, created_at, sent_at, escalate_at, error
from delivery
where alert = %s
order by version, recipient, rung, channel, round, id
