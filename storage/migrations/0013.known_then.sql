-- What was known at a past moment: readings by when they came, forecasts by when they were made.
-- depends: 0012.open_data

-- Readings lie in the order they came, so a summary of each run of pages finds them; a tree would make every insert dearer.
create index reading_received on reading using brin (received_at);
create index forecast_made on forecast (station, made_at);

-- Every query goes by series; what TimescaleDB makes by itself by time alone is written at each insert and read by nobody.
drop index if exists reading_observed_at_idx;

-- When the first reading of each series came, written once: to find the oldest of all would need a tree over every reading.
create table series_first (
    series_id integer primary key references series (id) on delete cascade,
    received_at timestamptz not null
);
insert into series_first (series_id, received_at)
select series.id, min(reading.received_at) from reading join series on series.id = reading.series_id group by series.id;

-- The readings of some series with first <= observed_at <= last as they stood at `known`: of the values that had come by
-- then the last one, with the flag that had been found by then. Evidence is about one value, so what was judged later is
-- left out; a value of which only later evidence says anything had passed.
create function readings_known(series integer[], first timestamptz, last timestamptz, known timestamptz)
returns table (series_id integer, observed_at timestamptz, received_at timestamptz, value double precision, flag smallint)
language sql stable as $$
    select shown.series_id, shown.observed_at, shown.received_at, shown.value,
        case when judged.later then coalesce(judged.flag, 1::smallint) else shown.flag end
    from (
        select distinct on (ever.series_id, ever.observed_at)
            ever.series_id, ever.observed_at, ever.received_at, ever.value, ever.flag
        from (
            select r.series_id, r.observed_at, r.received_at, r.value, r.flag, 'infinity'::timestamptz as replaced_at
            from reading r
            where r.series_id = any(readings_known.series) and r.observed_at between first and last
            union all
            select v.series_id, v.observed_at, v.received_at, v.value, v.flag, v.replaced_at
            from reading_revision v
            where v.series_id = any(readings_known.series) and v.observed_at between first and last
        ) as ever
        where ever.received_at <= known
        order by ever.series_id, ever.observed_at, ever.received_at desc, ever.replaced_at desc
    ) as shown
    left join (
        select q.series_id, q.observed_at, q.value,
            bool_or(q.judged_at > known) as later, max(q.flag) filter (where q.judged_at <= known) as flag
        from quality_evidence q
        where q.series_id = any(readings_known.series) and q.observed_at between first and last
        group by q.series_id, q.observed_at, q.value
    ) as judged
        on judged.series_id = shown.series_id and judged.observed_at = shown.observed_at and judged.value = shown.value
$$;
