-- Of each bucket the highest reading of each doubtful flag, with its time (seconds since 1970).
select flag, max(array[value, date_part('epoch', observed_at)])
from reading
where series_id = (select id from series where station = %(station)s and quantity = %(quantity)s)
    and observed_at > %(start)s and observed_at <= %(end)s and flag = any(%(flags)s)
group by date_bin(%(width)s, observed_at, %(start)s::timestamptz), flag
