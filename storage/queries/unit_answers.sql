-- Of each alert and recipient: the newest version that was sent, when, whether it asks for an answer, and who answered when.
select told.alert, told.recipient, told.version, told.sent_at, told.urgent, answer.person, answer.at
from (
    select alert, recipient, max(version) as version, max(sent_at) as sent_at, bool_or(urgent) as urgent
    from delivery
    where alert = any(%(alerts)s) and left(lane, 1) <> '#' and sent_at is not null
    group by alert, recipient
) told
left join lateral (
    select a.person, a.at from acknowledgement a
    where a.alert = told.alert and a.recipient = told.recipient and a.version >= told.version
    order by a.at
    limit 1
) answer on true
order by told.recipient, told.sent_at
