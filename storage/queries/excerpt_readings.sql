select (extract(epoch from observed_at) * 1000000)::bigint, (extract(epoch from received_at) * 1000000)::bigint, value, flag
from reading
where series_id = %(series)s and observed_at >= %(start)s and observed_at < %(end)s
order by observed_at
limit %(limit)s
