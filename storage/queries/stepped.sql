-- One row a step and series: the last value of a level, the sum of an amount. A bucket is (start, start + step], so that
-- a reading on the full hour belongs to the hour that ends there; `late` lets slow clocks come a little after it.
select s.station, s.quantity, max(r.observed_at) as observed_at,
    case when s.quantity = any(%(summed)s) then sum(r.value)
        else (array_agg(r.value order by r.observed_at desc))[1] end as value
from series s
join reading r on r.series_id = s.id
where s.station = any(%(stations)s) and s.quantity = any(%(quantities)s)
    and r.observed_at > %(start)s and r.observed_at <= %(end)s
    and r.flag <> %(fail)s
group by s.station, s.quantity,
    date_bin(%(step)s, r.observed_at - interval '1 microsecond' - %(late)s, timestamptz '1970-01-01T00:00:00Z')
order by s.station, s.quantity, 3
