-- How far each clock had come: the newest of the last readings that had been received by then. Only a bound for the search
-- by station, so a clock that was quiet for two days may be missing.
select station.clock, max(came.observed_at)
from (
    select series_id, observed_at
    from reading
    where received_at <= %(known_at)s and received_at > %(known_at)s - interval '2 days'
    order by received_at desc
    limit 20000
) as came
join series on series.id = came.series_id
join station on station.id = series.station
where station.clock <> %(live)s
group by station.clock
