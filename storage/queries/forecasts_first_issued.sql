select station, min(issued_at) from forecast group by station
