-- All rows of a decision in one statement: a storm is thousands. Many share to whom over what, which is sent and read once.
insert into delivery (alert, version, recipient, person, channel, lane, rung, round, origin, language, urgent, basin,
                      deferred, due_at, at)
select r.alert, r.version, a.recipient, a.person, a.channel, a.lane, a.rung, a.round, a.origin, a.language, r.urgent, r.basin,
    a.deferred, a.due_at, a.due_at
from rows from (json_to_recordset(%(rows)s::json) as (
    alert text, version integer, urgent boolean, basin text, addresses integer[]
)) with ordinality as r (alert, version, urgent, basin, addresses, place)
cross join unnest(r.addresses) as n (number)
join json_to_recordset(%(addresses)s::json) as a (
    number integer, recipient text, person text, channel text, lane text, rung integer, round integer, origin text,
    language text, deferred boolean, due_at timestamptz
) using (number)
order by r.place, n.number
on conflict (alert, version, recipient, person, channel, round, origin) do nothing
