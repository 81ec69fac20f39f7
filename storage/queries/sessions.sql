select number, person, how, made_at, seen_at, expires_at, address, agent
from sign_in_session
where expires_at > %(now)s and seen_at > %(idle_since)s
order by seen_at desc, number
limit 500
