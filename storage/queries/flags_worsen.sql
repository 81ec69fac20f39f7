-- The worst of 1 pass, 2 not evaluated, 3 suspect, 4 fail is the largest; 9 missing never stands on a stored value. Evidence
-- against a value that was revised since says nothing of the one that is shown.
update reading
set flag = worst.flag
from (
    select series_id, observed_at, value, max(flag) as flag
    from unnest(%(series)s::integer[], %(times)s::timestamptz[], %(flags)s::smallint[], %(values)s::double precision[])
        as e (series_id, observed_at, flag, value)
    where flag <> 9
    group by series_id, observed_at, value
) as worst
where reading.series_id = worst.series_id and reading.observed_at = worst.observed_at and reading.flag < worst.flag
    and reading.value = worst.value
    and reading.observed_at between %(first)s and %(last)s
returning reading.series_id
