select wanted.series_id, newest.observed_at, newest.value
from unnest(%(series)s::integer[], %(counts)s::integer[]) as wanted (series_id, n)
cross join lateral (
    select observed_at, value
    from reading
    where reading.series_id = wanted.series_id
    order by observed_at desc
    limit wanted.n
) as newest
order by wanted.series_id, newest.observed_at
