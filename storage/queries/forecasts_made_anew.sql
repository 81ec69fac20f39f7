-- Issues of one gauge of which a forecast was replaced by another of the same time.
select distinct issued_at from forecast_superseded
where station = %(station)s and issued_at between %(start)s and %(end)s
