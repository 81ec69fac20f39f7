-- One value a step: the last of a level, the sum of an amount. Steps are (end - step, end], counted back from %(end)s, so
-- that a reading at a step's end belongs to that step. One row a series, times as microseconds since 1970.
with step as (
    select s.station, s.quantity, max(r.observed_at) as observed_at,
        case when s.quantity = any(%(summed)s) then sum(r.value)
            else (array_agg(r.value order by r.observed_at desc))[1] end as value
    from series s
    join reading r on r.series_id = s.id
    where s.station = any(%(stations)s) and s.quantity = any(%(quantities)s)
        and r.observed_at > %(start)s and r.observed_at <= %(end)s
        and r.flag <> %(fail)s
    group by s.station, s.quantity,
        date_bin(%(step)s, r.observed_at - interval '1 microsecond', %(end)s::timestamptz)
)
select station, quantity,
    array_agg((extract(epoch from observed_at) * 1000000)::bigint order by observed_at),
    array_agg(value order by observed_at)
from step
group by station, quantity
