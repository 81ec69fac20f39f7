with wanted as (
    select s.id, s.station, s.quantity
    from unnest(%(stations)s::text[], %(quantities)s::text[]) as w (station, quantity)
    join series s on s.station = w.station and s.quantity = w.quantity
), dated as (
    select wanted.station, wanted.quantity, r.observed_at at time zone %(offset)s::interval as local_time, r.value
    from wanted
    join reading r on r.series_id = wanted.id
    where r.observed_at < %(before)s and r.flag = any(%(passed)s::smallint[])
)
select station, quantity, extract(month from local_time)::integer, count(distinct extract(year from local_time))::integer,
    min(value), max(value)
from dated
group by 1, 2, 3
