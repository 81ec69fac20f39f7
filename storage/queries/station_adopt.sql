-- Two workers may meet different series of one new station: the union of both is kept.
insert into station (id, name_vi, name_en, kind, lat, lon, simulated, verified, adopted, clock, configuration)
values (%(id)s, %(name_vi)s, %(name_en)s, %(kind)s, %(lat)s, %(lon)s, %(simulated)s, %(verified)s, %(adopted)s,
        %(clock)s, %(configuration)s::jsonb)
on conflict (id) do update set
    configuration = jsonb_set(
        station.configuration, '{series}',
        (select jsonb_agg(s order by s ->> 'quantity')
         from (select distinct on (s ->> 'quantity') s
               from jsonb_array_elements((station.configuration -> 'series') || (excluded.configuration -> 'series')) s
              ) as merged)),
    updated_at = now()
where station.adopted
