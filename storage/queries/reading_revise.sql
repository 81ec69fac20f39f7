update reading
set received_at = %s, value = %s, flag = %s, seq = %s, status = %s, battery_v = %s
where series_id = %s and observed_at = %s
