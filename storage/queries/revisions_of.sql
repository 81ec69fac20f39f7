-- Readings of one station whose device later sent something else: what was shown before, and what is shown now.
select s.quantity, v.observed_at, v.value, v.received_at, v.replaced_at, r.value
from series s
join reading_revision v on v.series_id = s.id
join reading r on r.series_id = v.series_id and r.observed_at = v.observed_at
where s.station = %(station)s and v.observed_at > %(start)s and v.observed_at <= %(end)s
order by v.observed_at desc, v.replaced_at desc
limit %(limit)s
