-- The channels on which messages wait for receivers that fail: how many of these, since when, and one of them. What waits for
-- another reason, quiet hours, is not due and was never tried.
select channel, count(distinct recipient || '/' || person), min(created_at), min(recipient || '/' || person || '/' || channel)
from delivery
where state = 'waiting' and (attempts > 0 or due_at <= %(now)s)
    and recipient || '/' || person || '/' || channel = any(%(failing)s::text[])
group by channel
order by channel
