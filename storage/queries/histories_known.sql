-- histories.sql as it was known at known_at. The series come as they are: a subquery would keep readings_known from being planned with this.
select series.station, series.quantity, found.observed, found.value, found.flag, found.received
from (
    select r.series_id,
        array_agg(r.observed_at order by r.observed_at) as observed,
        array_agg(r.value order by r.observed_at) as value,
        array_agg(r.flag order by r.observed_at) as flag,
        array_agg(r.received_at order by r.observed_at) as received
    from unnest(%(series)s::integer[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) as wanted (series_id, start_at, end_at)
    join readings_known(%(series)s::integer[], %(earliest)s, %(latest)s, %(known_at)s) as r
        on r.series_id = wanted.series_id and r.observed_at between wanted.start_at and wanted.end_at
    group by r.series_id
) as found
join series on series.id = found.series_id
