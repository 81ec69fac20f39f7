-- Totals of one quantity at some stations per bucket; a reading holds what fell up to its time: it belongs to the bucket before.
select s.station, date_bin(%(width)s, r.observed_at - interval '1 microsecond', %(start)s::timestamptz), sum(r.value)
from series s
join reading r on r.series_id = s.id
where s.station = any(%(stations)s) and s.quantity = %(quantity)s
    and r.observed_at > %(start)s and r.observed_at <= %(end)s and r.flag <> %(fail)s
group by 1, 2
order by 1, 2
