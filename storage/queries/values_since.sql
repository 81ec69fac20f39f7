-- At most so many values of each series, the newest, that were observed after its time; oldest first.
select wanted.series_id, newest.observed_at, newest.value
from unnest(%(series)s::integer[], %(after)s::timestamptz[]) as wanted (series_id, after)
cross join lateral (
    select observed_at, value
    from reading
    where reading.series_id = wanted.series_id and reading.observed_at > wanted.after and reading.observed_at > %(first)s
    order by observed_at desc
    limit %(limit)s
) as newest
order by wanted.series_id, newest.observed_at
