insert into station (id, name_vi, name_en, kind, lat, lon, simulated, verified, adopted, clock, configuration)
values (%(id)s, %(name_vi)s, %(name_en)s, %(kind)s, %(lat)s, %(lon)s, %(simulated)s, %(verified)s, %(adopted)s,
        %(clock)s, %(configuration)s::jsonb)
on conflict (id) do update set
    name_vi = excluded.name_vi, name_en = excluded.name_en, kind = excluded.kind, lat = excluded.lat,
    lon = excluded.lon, simulated = excluded.simulated, verified = excluded.verified, adopted = excluded.adopted,
    clock = excluded.clock, configuration = excluded.configuration, updated_at = now()
