-- rain_totals.sql as it was known at known_at.
select series.station, span.key, sum(r.value)
from series
join readings_known(
    array(select id from series where quantity = 'rainfall' and station = any(%(stations)s::text[])),
    %(earliest)s, %(until)s, %(known_at)s
) as r on r.series_id = series.id
join unnest(%(keys)s::integer[], %(afters)s::timestamptz[]) as span (key, after) on r.observed_at > span.after
where r.flag <> %(fail)s
group by series.station, span.key
