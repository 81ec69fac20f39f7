-- In the order of the document, which is the order of the chain.
insert into audit (actor, action, subject, detail)
select r.actor, r.action, r.subject, r.detail
from rows from (json_to_recordset(%(rows)s::json) as (actor text, action text, subject text, detail jsonb))
    with ordinality as r (actor, action, subject, detail, place)
order by r.place
