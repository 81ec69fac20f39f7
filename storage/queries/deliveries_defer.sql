-- What is not urgent and failed, rested or queued until the quiet hours of its recipient began waits for their end: a channel
-- that recovers at night would wake everybody. So marked, nothing graver waits behind it (deliveries_overtake.sql).
update delivery d
set due_at = quiet.until, deferred = true
from unnest(%(recipients)s::text[], %(ends)s::timestamptz[]) as quiet (recipient, until)
where d.state = 'waiting' and not d.urgent and d.due_at < quiet.until and d.recipient = quiet.recipient
    and left(d.lane, 1) <> '#'
