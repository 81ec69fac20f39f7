-- Which of these readings are stored.
select wanted.station, wanted.observed_at
from unnest(%(stations)s::text[], %(times)s::timestamptz[]) as wanted (station, observed_at)
join series s on s.station = wanted.station and s.quantity = 'water_level'
join reading r on r.series_id = s.id and r.observed_at = wanted.observed_at
    and r.observed_at >= %(earliest)s  -- a constant, so that TimescaleDB leaves older chunks out
