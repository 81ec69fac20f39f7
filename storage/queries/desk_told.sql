-- Per alert and recipient the newest version that was sent to it: when first, whether it asks for an answer, when it climbs on.
select d.alert, d.recipient, d.version, min(d.sent_at), bool_or(d.urgent), min(d.escalate_at)
from delivery d
join (
    select alert, recipient, max(version) as version
    from delivery
    where alert = any(%(alerts)s) and left(lane, 1) <> '#' and sent_at is not null
    group by alert, recipient
) newest on newest.alert = d.alert and newest.recipient = d.recipient and newest.version = d.version
where left(d.lane, 1) <> '#' and d.sent_at is not null
group by d.alert, d.recipient, d.version
order by d.alert, d.recipient
