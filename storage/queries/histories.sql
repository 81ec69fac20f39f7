select s.station, s.quantity, r.observed_at, r.value, r.flag, r.received_at
from unnest(%(stations)s::text[], %(starts)s::timestamptz[]) as wanted (station, start_at)
join series s on s.station = wanted.station
join reading r
    on r.series_id = s.id
    and r.observed_at >= wanted.start_at
    and r.observed_at >= %(earliest)s  -- a constant, so that TimescaleDB leaves older chunks out
order by s.station, s.quantity, r.observed_at
