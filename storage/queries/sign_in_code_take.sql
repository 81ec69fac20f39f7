delete from sign_in_code c using person p
where c.hash = %(hash)s and p.name = c.person and p.disabled_at is null
returning c.person, c.expires_at > %(now)s
