select station, max(day) from forecast_score group by station
