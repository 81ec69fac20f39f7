-- One row a series: its columns as arrays, which become arrays of numbers without objects between.
select s.station, s.quantity,
    array_agg(r.observed_at order by r.observed_at),
    array_agg(r.value order by r.observed_at),
    array_agg(r.flag order by r.observed_at),
    array_agg(r.received_at order by r.observed_at)
from unnest(%(stations)s::text[], %(starts)s::timestamptz[]) as wanted (station, start_at)
join series s on s.station = wanted.station
join reading r
    on r.series_id = s.id
    and r.observed_at >= wanted.start_at
    and r.observed_at >= %(earliest)s  -- a constant, so that TimescaleDB leaves older chunks out
group by s.station, s.quantity
