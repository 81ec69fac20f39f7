-- Alarms about silent gauges, by when they were raised in event time.
select station, raised_at
from alert
where station = any(%(stations)s) and event = 'no_signal' and raised_at >= %(start)s and raised_at <= %(end)s
