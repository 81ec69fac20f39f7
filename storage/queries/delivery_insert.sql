-- All rows of a decision in one statement: a storm is thousands.
insert into delivery (alert, version, recipient, person, channel, lane, rung, round, origin, language, urgent, basin,
                      deferred, due_at, at)
select r.*, r.due_at
from json_to_recordset(%(rows)s::json) as r (
    alert text, version integer, recipient text, person text, channel text, lane text, rung integer, round integer,
    origin text, language text, urgent boolean, basin text, deferred boolean, due_at timestamptz
)
on conflict (alert, version, recipient, person, channel, round, origin) do nothing
