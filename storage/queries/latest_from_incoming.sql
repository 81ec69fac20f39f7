-- The newest reading of each series among those just inserted; in one order for all workers, so that they cannot deadlock.
insert into series_latest (series_id, observed_at, received_at, value, flag, battery_v)
select distinct on (series_id) series_id, observed_at, received_at, value, flag, battery_v
from pg_temp.incoming
where place <> all (%(left_out)s::integer[])
order by series_id, observed_at desc
on conflict (series_id) do update set
    observed_at = excluded.observed_at, received_at = excluded.received_at, value = excluded.value,
    flag = excluded.flag, battery_v = excluded.battery_v
where series_latest.observed_at <= excluded.observed_at
