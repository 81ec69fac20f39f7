select series.station, series.quantity, l.observed_at, l.received_at, l.value, l.flag, l.battery_v
from series_latest l
join series on series.id = l.series_id
where %(stations)s::json is null or series.station in (select json_array_elements_text(%(stations)s::json))
order by series.station, series.quantity
