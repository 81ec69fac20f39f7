select r.series_id, r.observed_at, r.received_at, r.value, r.flag, r.seq
from unnest(%(series)s::integer[], %(times)s::timestamptz[]) as k (series_id, observed_at)
join reading r on r.series_id = k.series_id and r.observed_at = k.observed_at
where r.observed_at between %(first)s and %(last)s
order by r.series_id, r.observed_at
for update of r
