select number, at, actor, action, subject, detail
from audit
where (%(subject)s::text is null or subject = %(subject)s)
  and (%(actor)s::text is null or actor = %(actor)s)
  and (%(since)s::timestamptz is null or at >= %(since)s)
order by number desc
limit %(limit)s
