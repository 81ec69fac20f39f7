select station, skew_s, spread_s, samples, updated_at from station_clock order by station
