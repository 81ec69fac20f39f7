-- By series and hour the mean of readings that did not fail, and of those that nothing is held against.
select s.station, s.quantity, floor(date_part('epoch', r.observed_at) / 3600)::bigint as hour,
    avg(r.value), avg(r.value) filter (where r.flag <> 3)
from unnest(%(stations)s::text[], %(quantities)s::text[]) as wanted (station, quantity)
join series s on s.station = wanted.station and s.quantity = wanted.quantity
join reading r
    on r.series_id = s.id and r.observed_at >= %(start)s and r.observed_at < %(end)s
    and r.flag <> 4
group by 1, 2, 3
