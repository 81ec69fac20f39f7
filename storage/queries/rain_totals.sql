-- Rain by gauge between the beginnings of several spans that end together: piece n lies after the n-th beginning.
select series.station, width_bucket(r.observed_at - interval '1 microsecond', %(afters)s::timestamptz[]), sum(r.value)
from series
join reading r on r.series_id = series.id
where series.quantity = 'rainfall'
    and series.station = any(%(stations)s::text[])
    and r.observed_at > %(earliest)s and r.observed_at <= %(until)s  -- constants: TimescaleDB leaves older chunks out
    and r.flag <> %(fail)s
group by 1, 2
