select id, alert, version, recipient, channel, language, state, attempts, due_at, at, error
from delivery
where state = 'waiting' and due_at <= %s
order by due_at, id
limit %s
for update skip locked
