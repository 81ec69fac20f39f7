select s.quantity, r.flag, count(*)
from series s
join reading r on r.series_id = s.id
where s.station = %(station)s and r.observed_at > %(start)s and r.observed_at <= %(end)s
group by s.quantity, r.flag
