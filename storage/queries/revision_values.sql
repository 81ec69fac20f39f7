select v.series_id, v.observed_at, v.value
from unnest(%(series)s::integer[], %(times)s::timestamptz[]) as k (series_id, observed_at)
join reading_revision v on v.series_id = k.series_id and v.observed_at = k.observed_at
