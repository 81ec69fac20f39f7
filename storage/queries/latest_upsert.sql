insert into series_latest (series_id, observed_at, received_at, value, flag, battery_v)
select * from unnest(
    %(series)s::integer[], %(observed)s::timestamptz[], %(received)s::timestamptz[], %(values)s::double precision[],
    %(flags)s::smallint[], %(batteries)s::real[])
on conflict (series_id) do update set
    observed_at = excluded.observed_at, received_at = excluded.received_at, value = excluded.value,
    flag = excluded.flag, battery_v = excluded.battery_v
where series_latest.observed_at <= excluded.observed_at
