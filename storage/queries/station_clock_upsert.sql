insert into station_clock (station, skew_s, spread_s, samples, updated_at)
select %(station)s, %(skew_s)s, %(spread_s)s, %(samples)s, %(updated_at)s
where exists (select from station where id = %(station)s)
on conflict (station) do update
set skew_s = excluded.skew_s, spread_s = excluded.spread_s, samples = excluded.samples, updated_at = excluded.updated_at
