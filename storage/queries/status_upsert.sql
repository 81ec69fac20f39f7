insert into station_status (station, status, changed_at)
values (%s, %s, %s)
on conflict (station) do update set status = excluded.status, changed_at = excluded.changed_at
where station_status.status <> excluded.status
