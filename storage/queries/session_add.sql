insert into sign_in_session (hash, person, how, made_at, seen_at, expires_at, address, agent)
values (%(hash)s, %(person)s, %(how)s, %(at)s, %(at)s, %(expires_at)s, %(address)s, %(agent)s)
returning number
