-- One reading a series; in one order for all workers, so that they cannot deadlock. A row that stays as it is is held too, and not returned.
insert into series_latest (series_id, observed_at, received_at, value, flag, battery_v)
select series_id, observed_at, received_at, value, flag, battery_v
from pg_temp.incoming
order by series_id
on conflict (series_id) do update set
    observed_at = excluded.observed_at, received_at = excluded.received_at, value = excluded.value,
    flag = excluded.flag, battery_v = excluded.battery_v, before_at = series_latest.observed_at
where series_latest.observed_at <= excluded.observed_at
returning series_id, before_at
