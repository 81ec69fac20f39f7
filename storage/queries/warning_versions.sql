select v.warning, v.number, v.step, v.at, v.person, v.content
from public_warning_version v
join public_warning w on w.identifier = v.warning
where (%(identifier)s::text is null or w.identifier = %(identifier)s)
    and (%(alerts)s::text[] is null or w.alert = any(%(alerts)s))
    and (not %(alive)s or w.state in ('draft', 'issued'))
order by v.warning, v.number
