select s.quantity, e.observed_at, e.value, e.test, e.flag, e.judged_at
from series s
join quality_evidence e on e.series_id = s.id
where s.station = %(station)s and e.observed_at > %(start)s and e.observed_at <= %(end)s and e.flag <> %(missing)s
order by e.observed_at desc, e.test
limit %(limit)s
