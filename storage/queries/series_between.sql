-- One series as arrays, in whatever order it is read: to sort numbers is quicker outside than to sort rows here.
select array_agg(observed_at), array_agg(value), array_agg(flag)
from reading
where series_id = (select id from series where station = %(station)s and quantity = %(quantity)s)
    and observed_at > %(start)s and observed_at <= %(end)s
