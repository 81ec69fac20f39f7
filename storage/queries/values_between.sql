select observed_at, value from reading
where series_id = %s and observed_at between %s and %s
order by observed_at
