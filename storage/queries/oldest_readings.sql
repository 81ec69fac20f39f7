-- The oldest reading of each station from a time on; the series are few, and the table's index gives the first of each at once.
select s.station, min(first.observed_at)
from series s
cross join lateral (
    select r.observed_at from reading r
    where r.series_id = s.id and r.observed_at >= %(since)s
    order by r.observed_at limit 1
) as first
where s.station = any (%(stations)s::text[])
group by s.station
