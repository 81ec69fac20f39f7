update series_latest
set flag = worst.flag
from (
    select series_id, observed_at, value, max(flag) as flag
    from unnest(%(series)s::integer[], %(times)s::timestamptz[], %(flags)s::smallint[], %(values)s::double precision[])
        as e (series_id, observed_at, flag, value)
    where flag <> 9
    group by series_id, observed_at, value
) as worst
where series_latest.series_id = worst.series_id and series_latest.observed_at = worst.observed_at
    and series_latest.flag < worst.flag and series_latest.value = worst.value
