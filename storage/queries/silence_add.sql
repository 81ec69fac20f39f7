insert into silence (made_by, reason, station, basin, event, severity, starts_at, ends_at)
values (%(made_by)s, %(reason)s, %(station)s, %(basin)s, %(event)s, %(severity)s, %(starts_at)s, %(ends_at)s)
returning id, made_by, reason, station, basin, event, severity, starts_at, ends_at
