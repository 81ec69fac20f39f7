-- How long the oldest message that is due and not in back-off has been waiting, and one being sent since.
select min(due_at) from delivery where state = 'waiting' and due_at <= %(now)s and attempts = 0
