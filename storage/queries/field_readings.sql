-- Of each series how many readings observed in a span of time are stored.
select s.station, s.quantity, count(*)
from reading r
join series s on s.id = r.series_id
where s.station = any(%(stations)s) and r.observed_at >= %(start)s and r.observed_at <= %(end)s
group by 1, 2
