-- One row a series: times as microseconds since 1970, so that thousands of readings become arrays without objects between.
select s.station, s.quantity,
    array_agg(round(date_part('epoch', r.observed_at) * 1000000)::bigint order by r.observed_at),
    array_agg(r.value order by r.observed_at),
    array_agg(r.flag order by r.observed_at),
    array_agg(round(date_part('epoch', r.received_at) * 1000000)::bigint order by r.observed_at)
from unnest(%(stations)s::text[], %(starts)s::timestamptz[]) as wanted (station, start_at)
join series s on s.station = wanted.station
join reading r
    on r.series_id = s.id
    and r.observed_at >= wanted.start_at
    and r.observed_at >= %(earliest)s  -- a constant, so that TimescaleDB leaves older chunks out
group by s.station, s.quantity
