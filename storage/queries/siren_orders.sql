select id, siren, signal, repeats, ordered_by, reason, exercise, ordered_at, expires_at, stopped_at, stopped_by
from siren_order
where ordered_at >= %(since)s
order by id desc
limit %(limit)s
