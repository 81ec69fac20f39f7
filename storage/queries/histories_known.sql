-- histories.sql as it was known at known_at.
select s.station, s.quantity,
    array_agg(r.observed_at order by r.observed_at),
    array_agg(r.value order by r.observed_at),
    array_agg(r.flag order by r.observed_at),
    array_agg(r.received_at order by r.observed_at)
from unnest(%(stations)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) as wanted (station, start_at, end_at)
join series s on s.station = wanted.station
join readings_known(
    array(select id from series where station = any(%(stations)s::text[])), %(earliest)s, %(latest)s, %(known_at)s
) as r on r.series_id = s.id and r.observed_at between wanted.start_at and wanted.end_at
group by s.station, s.quantity
