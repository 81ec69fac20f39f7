select min(received_at) from series_first
