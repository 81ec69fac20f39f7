update person set password_hash = %(password_hash)s, must_change = %(must_change)s
where name = %(name)s
returning name
