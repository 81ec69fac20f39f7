-- The newest reading of every series at known_at. The bound of its clock lets the search begin where its past lies.
select series.station, series.quantity, shown.observed_at, shown.received_at, shown.value,
    case when judged.later then coalesce(judged.flag, 1::smallint) else shown.flag end
from series
join station on station.id = series.station
left join unnest(%(clocks)s::text[], %(bounds)s::timestamptz[]) as bound (clock, at) on bound.clock = station.clock
cross join lateral (
    select ever.observed_at, ever.received_at, ever.value, ever.flag
    from (
        (
            select r.observed_at, r.received_at, r.value, r.flag
            from reading r
            where r.series_id = series.id and r.observed_at <= coalesce(bound.at, 'infinity') and r.received_at <= %(known_at)s
            order by r.observed_at desc
            limit 1
        )
        union all
        (
            select v.observed_at, v.received_at, v.value, v.flag
            from reading_revision v
            where v.series_id = series.id and v.observed_at <= coalesce(bound.at, 'infinity') and v.received_at <= %(known_at)s
            order by v.observed_at desc, v.received_at desc, v.replaced_at desc
            limit 1
        )
    ) as ever
    order by ever.observed_at desc, ever.received_at desc
    limit 1
) as shown
left join lateral (
    select bool_or(q.judged_at > %(known_at)s) as later, max(q.flag) filter (where q.judged_at <= %(known_at)s) as flag
    from quality_evidence q
    where q.series_id = series.id and q.observed_at = shown.observed_at and q.value = shown.value
) as judged on true
order by series.station, series.quantity
