select identifier, alert, state, exercise
from public_warning
where (%(identifier)s::text is null or identifier = %(identifier)s)
    and (%(alerts)s::text[] is null or alert = any(%(alerts)s))
    and (not %(alive)s or state in ('draft', 'issued'))
order by created_at, identifier
