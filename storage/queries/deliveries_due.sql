-- A later version waits until the earlier ones of the same alert, recipient and channel are sent or given up.
select d.id, d.alert, d.version, d.recipient, d.channel, d.language, d.state, d.attempts, d.due_at, d.at, d.error
from delivery d
where d.state = 'waiting' and d.due_at <= %s
    and not exists (
        select from delivery earlier
        where earlier.alert = d.alert and earlier.recipient = d.recipient and earlier.channel = d.channel
            and earlier.version < d.version and earlier.state = 'waiting'
    )
order by d.due_at, d.id
limit %s
for update of d skip locked
