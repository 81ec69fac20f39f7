-- From the n-th newest possible value on: what is impossible is nobody's neighbour, and must not push the neighbours out.
-- A sensor that has said nothing possible for long is read back ten times as far as usual, no further.
select wanted.series_id, newest.observed_at, newest.value
from unnest(%(series)s::integer[], %(counts)s::integer[], %(lows)s::float8[], %(highs)s::float8[])
    as wanted (series_id, n, low, high)
cross join lateral (
    select observed_at, value
    from reading
    where reading.series_id = wanted.series_id
        and observed_at >= coalesce((
            select possible.observed_at
            from reading as possible
            where possible.series_id = wanted.series_id and possible.value between wanted.low and wanted.high
            order by possible.observed_at desc
            offset wanted.n - 1 limit 1
        ), '-infinity')
    order by observed_at desc
    limit 10 * wanted.n
) as newest
order by wanted.series_id, newest.observed_at
