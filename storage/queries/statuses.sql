select station, status, changed_at from station_status
