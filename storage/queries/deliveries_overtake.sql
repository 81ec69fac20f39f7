-- What a later version of the same alert has overtaken in its lane is not told after it: it would be old news as new.
-- So is what quiet hours held back when a later version is due.
update delivery d
set state = 'overtaken', at = %(now)s
where d.state = 'waiting' and d.due_at <= %(now)s and left(d.lane, 1) <> '#' and (d.attempts > 0 or d.deferred)
    and exists (
        select from delivery later
        where later.alert = d.alert and later.recipient = d.recipient and later.lane = d.lane
            and later.version > d.version
            and (later.state = 'sent' or d.deferred and later.state = 'waiting' and later.due_at <= %(now)s)
    )
