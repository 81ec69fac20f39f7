-- What the quality tests hold against readings observed in a span of time, and where readings are missing.
select s.station, s.quantity, e.observed_at, e.test, e.flag
from quality_evidence e
join series s on s.id = e.series_id
where s.station = any(%(stations)s) and e.observed_at >= %(start)s and e.observed_at <= %(end)s
