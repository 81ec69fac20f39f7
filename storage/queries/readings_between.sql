select (extract(epoch from r.observed_at) * 1000000)::bigint, r.value, r.flag,
       (extract(epoch from r.received_at) * 1000000)::bigint
from reading r
where r.series_id = (select id from series where station = %(station)s and quantity = %(quantity)s)
    and r.observed_at between %(start)s and %(end)s
order by r.observed_at
