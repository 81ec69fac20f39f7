select series_id, observed_at from series_latest where series_id = any (%s::integer[])
