-- rain_totals.sql as it was known at known_at.
select series.station, width_bucket(r.observed_at - interval '1 microsecond', %(afters)s::timestamptz[]), sum(r.value)
from series
join readings_known(
    array(select id from series where quantity = 'rainfall' and station = any(%(stations)s::text[])),
    %(earliest)s, %(until)s, %(known_at)s
) as r on r.series_id = series.id
where r.observed_at > %(earliest)s and r.flag <> %(fail)s
group by 1, 2
