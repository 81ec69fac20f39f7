select station, max(issued_at) from forecast group by station
