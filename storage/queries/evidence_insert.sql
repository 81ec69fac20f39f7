insert into quality_evidence (series_id, observed_at, test, flag, value)
select * from unnest(
    %(series)s::integer[], %(times)s::timestamptz[], %(tests)s::text[], %(flags)s::smallint[], %(values)s::double precision[]
)
on conflict do nothing
