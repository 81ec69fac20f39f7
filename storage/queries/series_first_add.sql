-- Sorted by series: one order for all workers, so that they cannot deadlock.
insert into series_first (series_id, received_at)
select * from unnest(%(series)s::integer[], %(times)s::timestamptz[])
on conflict (series_id) do nothing
