-- Of each alert and recipient: the newest version that was sent, when, whether it asks for an answer, and who answered when. Whom nothing
-- reached that asks for an answer is among them, since the first attempt failed: nobody there knows.
select told.recipient, told.alert, told.version, coalesce(told.sent_at, told.failed_at), told.urgent, answer.person, answer.at,
    told.sent_at is not null
from (
    select alert, recipient, coalesce(max(version) filter (where sent_at is not null), max(version)) as version,
        max(sent_at) as sent_at, min(at) filter (where state = 'failed' and urgent) as failed_at,
        coalesce(bool_or(urgent) filter (where sent_at is not null), true) as urgent
    from delivery
    where alert = any(%(alerts)s) and left(lane, 1) <> '#' and origin = ''
    group by alert, recipient
    having max(sent_at) is not null or bool_or(state = 'failed' and urgent)
) told
left join lateral (
    select a.person, a.at from acknowledgement a
    where a.alert = told.alert and a.recipient = told.recipient and a.origin = '' and a.version >= (
            -- A repetition asks nothing anew, nor does a correction that nobody was told of, or an order to another to hear of it.
            select max(v.number) from alert_version v
            where v.alert = told.alert and v.number <= told.version and v.reason <> 'repeated'
                and (v.reason <> 'escalated' or v.number = told.version)
                and not exists (
                    select from alert_telling t
                    where t.alert = v.alert and t.version = v.number and t.reason in ('unchanged', 'overtaken')
                )
        )
    order by a.at
    limit 1
) answer on true
order by told.recipient, 4
