-- What a later version of the same alert has overtaken in its lane is not told after it: it would be old news as new.
-- So is what quiet hours hold back once a later version is due, which is graver: it must not wait for their end.
-- In calm weather statistics say that nothing waits; these forms keep a storm from being joined each row with each because of that.
with held as (
    select d.id
    from delivery d
    where d.state = 'waiting' and d.deferred and left(d.lane, 1) <> '#'
        and exists (
            select from delivery due where due.state = 'waiting' and due.due_at <= %(now)s and due.version > 1
        )
        and exists (
            select from delivery later
            where later.alert = d.alert and later.recipient = d.recipient and later.lane = d.lane
                and later.version > d.version and later.state in ('waiting', 'sending') and later.due_at <= %(now)s
        )
    union
    select d.id
    from delivery d
    where d.state = 'waiting' and d.due_at <= %(now)s and left(d.lane, 1) <> '#' and (d.attempts > 0 or d.deferred)
        and exists (
            select from delivery sent
            where sent.alert = d.alert and sent.recipient = d.recipient and sent.lane = d.lane
                and sent.version > d.version and sent.state = 'sent'
        )
)
update delivery d
set state = 'overtaken', at = %(now)s
where d.id = any(array(select id from held)) and d.state = 'waiting'
