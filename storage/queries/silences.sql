select id, made_by, reason, station, basin, event, severity, starts_at, ends_at
from silence
where ends_at > %s and lifted_at is null
order by id
