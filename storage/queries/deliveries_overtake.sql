-- What a later version of the same alert has overtaken in its lane is not told after it: it would be old news as new.
-- So is what quiet hours hold back once a later version is due, which is graver: it must not wait for their end.
with later as (
    select alert, recipient, lane, max(version) as version
    from delivery
    where state = 'waiting' and due_at <= %(now)s and version > 1
    group by alert, recipient, lane
), held as (
    select d.id
    from later
    join delivery d on d.alert = later.alert and d.recipient = later.recipient and d.lane = later.lane
        and d.version < later.version
    where d.state = 'waiting' and d.deferred
    union
    select d.id
    from delivery d
    where d.state = 'waiting' and d.due_at <= %(now)s and (d.attempts > 0 or d.deferred)
        and exists (
            select from delivery sent
            where sent.alert = d.alert and sent.recipient = d.recipient and sent.lane = d.lane
                and sent.version > d.version and sent.state = 'sent'
        )
)
update delivery d
set state = 'overtaken', at = %(now)s
from held
where d.id = held.id and left(d.lane, 1) <> '#' and d.state = 'waiting'
