select series.station, series.quantity, l.observed_at, l.received_at, l.value, l.flag, l.battery_v
from series_latest l
join series on series.id = l.series_id
where %(stations)s::text[] is null or series.station = any(%(stations)s)
order by series.station, series.quantity
