insert into sign_in_code (hash, person, expires_at) values (%(hash)s, %(person)s, %(expires_at)s)
