copy reading (series_id, observed_at, received_at, value, flag, seq, status, battery_v) from stdin (format binary)
