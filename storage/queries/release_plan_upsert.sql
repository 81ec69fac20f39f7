insert into release_plan (reservoir, starts_at, ends_at, planned_m3s, actual_m3s) values (%s, %s, %s, %s, %s)
on conflict (reservoir, starts_at) do update set
    ends_at = excluded.ends_at, planned_m3s = excluded.planned_m3s, actual_m3s = excluded.actual_m3s
