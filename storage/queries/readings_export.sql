-- Every reading of one station, with the value that was received first where it was revised.
select s.quantity, s.unit, r.observed_at, r.received_at, r.value, r.flag, first.value
from series s
join reading r on r.series_id = s.id
left join lateral (
    select v.value
    from reading_revision v
    where v.series_id = r.series_id and v.observed_at = r.observed_at
    order by v.received_at, v.replaced_at
    limit 1
) first on true
where s.station = %(station)s and r.observed_at > %(start)s and r.observed_at <= %(end)s
order by s.quantity, r.observed_at
