select series.station, sum(r.value)
from series
join reading r on r.series_id = series.id
where series.quantity = %(quantity)s and r.observed_at > %(after)s and r.observed_at <= %(until)s and r.flag <> %(fail)s
group by series.station
