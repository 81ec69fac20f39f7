select s.number, s.how, s.seen_at, s.expires_at, p.name, p.shown, p.role, p.must_change and s.how = 'password'
from sign_in_session s join person p on p.name = s.person
where s.hash = %(hash)s and s.expires_at > %(now)s and s.seen_at > %(idle_since)s and p.disabled_at is null
