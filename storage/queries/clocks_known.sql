-- How far each clock had come: the newest of what had been received in the two days before. Only a bound for the search by
-- station, so a clock that was quiet for longer may be missing. Without an order: reading_received is a summary of pages.
-- Where every clock is the wall's, as outside exercises, the array is empty and no reading is looked at.
select station.clock, max(reading.observed_at)
from reading
join series on series.id = reading.series_id
join station on station.id = series.station
where reading.series_id = any(array(
        select series.id from series join station on station.id = series.station where station.clock <> %(live)s
    ))
    and reading.received_at <= %(known_at)s and reading.received_at > %(known_at)s - interval '2 days'
group by station.clock
