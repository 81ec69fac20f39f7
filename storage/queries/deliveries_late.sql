-- How long the oldest message that is due and not in back-off has been waiting; what waits for a receiver that fails left out.
select min(due_at) from delivery
where state = 'waiting' and due_at <= %(now)s and attempts = 0
    and not (recipient || '/' || person || '/' || channel = any(%(failing)s::text[]))
