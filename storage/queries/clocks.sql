select station.clock, max(series_latest.observed_at)
from station
join series on series.station = station.id
join series_latest on series_latest.series_id = series.id
where station.clock <> %(live)s
group by station.clock
