insert into quality_evidence (series_id, observed_at, test, flag)
select * from unnest(%(series)s::integer[], %(times)s::timestamptz[], %(tests)s::text[], %(flags)s::smallint[])
on conflict do nothing
