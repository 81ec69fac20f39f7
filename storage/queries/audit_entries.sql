select at, actor, action, subject, detail
from audit
where %(subject)s::text is null or subject = %(subject)s
order by id desc
limit %(limit)s
