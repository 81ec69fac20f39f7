-- What became of what this process was sending; a claim that another process took over is no longer ours to settle.
update delivery d
set state = r.state, at = %(now)s, error = r.error, claim = null, due_at = coalesce(r.due_at, d.due_at),
    escalate_at = r.escalate_at, may_repeat = d.may_repeat or r.may_repeat, attempts = d.attempts - r.returned,
    sent_at = case when r.state = 'sent' then %(now)s else d.sent_at end
from unnest(%(ids)s::bigint[], %(states)s::text[], %(errors)s::text[], %(due_ats)s::timestamptz[],
            %(escalate_ats)s::timestamptz[], %(may_repeats)s::boolean[], %(returned)s::integer[])
    as r (id, state, error, due_at, escalate_at, may_repeat, returned)
where d.id = r.id and d.state = 'sending' and d.claim = %(claim)s
returning d.id
