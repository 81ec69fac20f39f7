select station, version, calibrated_from, calibrated_until, pairs, families, inputs, made_at
from model
where station = %s
order by made_at, version
