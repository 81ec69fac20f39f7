-- rain_totals.sql as it was known at known_at; the series as in histories_known.sql.
select series.station, width_bucket(r.observed_at - interval '1 microsecond', %(afters)s::timestamptz[]), sum(r.value)
from series
join readings_known(%(series)s::integer[], %(earliest)s, %(until)s, %(known_at)s) as r on r.series_id = series.id
where r.observed_at > %(earliest)s and r.flag <> %(fail)s
group by 1, 2
