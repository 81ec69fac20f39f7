select s.station, s.quantity, (r.observed_at at time zone %(offset)s::interval)::date as day, count(*)
from series s
join reading r on r.series_id = s.id
where (%(station)s::text is null or s.station = %(station)s)
    and r.observed_at >= %(start)s and r.observed_at < %(end)s and r.seq is null
group by 1, 2, 3
order by 1, 2, 3
