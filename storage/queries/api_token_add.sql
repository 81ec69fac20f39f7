insert into api_token (id, hash, holder, scopes, stations, made_at, made_by, expires_at)
values (%(id)s, %(hash)s, %(holder)s, %(scopes)s, %(stations)s, %(made_at)s, %(made_by)s, %(expires_at)s)
