-- All rows of a decision in one statement: a storm is thousands.
insert into delivery (alert, version, recipient, person, channel, lane, rung, round, origin, language, urgent, basin,
                      deferred, due_at, at)
select r.*, r.due_at
from unnest(
    %(alert)s::text[],
    %(version)s::integer[],
    %(recipient)s::text[],
    %(person)s::text[],
    %(channel)s::text[],
    %(lane)s::text[],
    %(rung)s::integer[],
    %(round)s::integer[],
    %(origin)s::text[],
    %(language)s::text[],
    %(urgent)s::boolean[],
    %(basin)s::text[],
    %(deferred)s::boolean[],
    %(due_at)s::timestamptz[]
) as r (alert, version, recipient, person, channel, lane, rung, round, origin, language, urgent, basin, deferred, due_at)
on conflict (alert, version, recipient, person, channel, round, origin) do nothing
