select count(*)
from series s
join reading r on r.series_id = s.id
where s.station = any(%(stations)s) and r.observed_at >= %(start)s and r.observed_at < %(end)s
