-- Totals of rain by gauge over several spans that end together, of the gauges named or of all.
select series.station, span.key, sum(r.value)
from series
join reading r on r.series_id = series.id
join unnest(%(keys)s::integer[], %(afters)s::timestamptz[]) as span (key, after) on r.observed_at > span.after
where series.quantity = 'rainfall'
    and series.station = any(%(stations)s::text[])
    and r.observed_at > %(earliest)s and r.observed_at <= %(until)s  -- constants: TimescaleDB leaves older chunks out
    and r.flag <> %(fail)s
group by series.station, span.key
