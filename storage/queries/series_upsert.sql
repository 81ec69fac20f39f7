insert into series (station, quantity, unit, cadence)
values (%s, %s, %s, %s)
on conflict (station, quantity) do update set unit = excluded.unit, cadence = excluded.cadence
