-- One row a series: what its past is known by, and its columns from `after` on where somebody remembers what was before, else from
-- the station's start on. One statement, so that both are of one instant.
select s.station, s.quantity, s.id, l.touched, l.observed_at, r.observed, r.value, r.flag
from json_to_recordset(%(wanted)s::json) as wanted (station text, start_at timestamptz)
join series s on s.station = wanted.station
join series_latest l on l.series_id = s.id
left join json_to_recordset(%(remembered)s::json) as remembered (series_id integer, after timestamptz) on remembered.series_id = s.id
left join lateral (
    select array_agg(r.observed_at order by r.observed_at) as observed,
        array_agg(r.value order by r.observed_at) as value,
        array_agg(r.flag order by r.observed_at) as flag
    from reading r
    where r.series_id = s.id and r.observed_at >= coalesce(remembered.after, wanted.start_at)
        and r.observed_at >= %(earliest)s  -- a constant, so that TimescaleDB leaves older chunks out
) as r on true
