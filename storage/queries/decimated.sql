-- Of each bucket the lowest and the highest reading with their times (seconds since 1970), so that no peak is lost, and the first
-- reading that comes after a gap. Failed readings are left out.
with kept as (
    select date_bin(%(width)s, observed_at, %(start)s::timestamptz) as bucket, value,
        date_part('epoch', observed_at) as at,
        observed_at - lag(observed_at) over (order by observed_at) > %(gap)s as after_gap
    from reading
    where series_id = (select id from series where station = %(station)s and quantity = %(quantity)s)
        and observed_at > %(start)s and observed_at <= %(end)s and flag <> %(fail)s
)
select min(array[value, at]), max(array[value, at]), min(at) filter (where after_gap)
from kept
group by bucket
order by bucket
