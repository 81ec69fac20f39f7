-- Readings of each series by flag since a time of each station's own, and up to another.
select s.station, s.quantity, r.flag, count(*)
from unnest(%(stations)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) as wanted (station, start_at, end_at)
join series s on s.station = wanted.station
join reading r
    on r.series_id = s.id
    and r.observed_at > wanted.start_at and r.observed_at <= wanted.end_at
    and r.observed_at > %(earliest)s  -- a constant, so that TimescaleDB leaves older chunks out
group by 1, 2, 3
order by 1, 2, 3
