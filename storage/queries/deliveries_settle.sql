-- What became of what this process was sending; a claim that another process took over is no longer ours to settle.
-- Of a storm most rows have one fate, which is sent and read once.
update delivery d
set state = r.state, at = %(now)s, error = r.error, claim = null, due_at = coalesce(r.due_at, d.due_at),
    escalate_at = r.escalate_at, may_repeat = d.may_repeat or r.may_repeat, attempts = d.attempts - r.returned::integer,
    sent_at = case when r.state = 'sent' then %(now)s else d.sent_at end
from json_to_recordset(%(rows)s::json) as r (
    ids bigint[], state text, error text, due_at timestamptz, escalate_at timestamptz, may_repeat boolean, returned boolean
)
cross join unnest(r.ids) as each (id)
where d.id = each.id and d.state = 'sending' and d.claim = %(claim)s
returning d.id
