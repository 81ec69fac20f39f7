insert into model (station, version, calibrated_from, calibrated_until, pairs, families, inputs, made_at)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (station, version) do nothing
