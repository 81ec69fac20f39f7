update delivery
set state = case when %(due_at)s::timestamptz is null then 'failed' else 'waiting' end,
    attempts = attempts + 1, at = %(at)s, error = %(error)s, due_at = coalesce(%(due_at)s::timestamptz, due_at)
where id = %(id)s
