-- Totals of one quantity at some stations per bucket; a reading holds what fell up to its time: it belongs to the bucket before.
-- Station by station: the totals of each then fit a small table, and nothing is sorted.
select s.station, totals.bucket, totals.total
from series s
cross join lateral (
    select date_bin(%(width)s, r.observed_at - interval '1 microsecond', %(start)s::timestamptz) as bucket, sum(r.value) as total
    from reading r
    where r.series_id = s.id and r.observed_at > %(start)s and r.observed_at <= %(end)s and r.flag <> %(fail)s
    group by 1
) as totals
where s.station = any(%(stations)s) and s.quantity = %(quantity)s
