-- Per alert and recipient the newest version that was sent to it: when first, whether it asks for an answer, when it climbs on. Whom nothing
-- reached that asks for an answer is among them, since the first attempt failed.
select d.alert, d.recipient, d.version, min(d.sent_at), bool_or(d.urgent), min(d.escalate_at), true
from delivery d
join (
    select alert, recipient, max(version) as version
    from delivery
    where alert = any(%(alerts)s) and left(lane, 1) <> '#' and sent_at is not null
    group by alert, recipient
) newest on newest.alert = d.alert and newest.recipient = d.recipient and newest.version = d.version
where left(d.lane, 1) <> '#' and d.sent_at is not null
group by d.alert, d.recipient, d.version
union all
select alert, recipient, max(version), min(at) filter (where state = 'failed' and urgent), true, null, false
from delivery
where alert = any(%(alerts)s) and left(lane, 1) <> '#' and origin = ''
group by alert, recipient
having max(sent_at) is null and bool_or(state = 'failed' and urgent)
order by 1, 2
