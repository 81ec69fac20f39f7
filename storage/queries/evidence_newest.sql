select s.station, s.quantity, e.observed_at, e.value, e.test, e.flag, e.judged_at
from (
    select series_id, observed_at, value, test, flag, judged_at
    from quality_evidence
    where flag <> %(missing)s
    order by judged_at desc, observed_at desc
    limit %(limit)s
) as e
join series s on s.id = e.series_id
order by e.judged_at desc, e.observed_at desc, s.station, s.quantity, e.test
