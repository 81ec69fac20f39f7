-- Readings observed in a span of time that are flagged suspect (3) or fail (4).
select s.station, s.quantity, r.observed_at, r.flag
from reading r
join series s on s.id = r.series_id
where s.station = any(%(stations)s) and r.observed_at >= %(start)s and r.observed_at <= %(end)s and r.flag in (3, 4)
