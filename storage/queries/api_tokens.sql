select id, holder, scopes, stations, made_at, made_by, expires_at, revoked_at, used_at
from api_token
where (%(hash)s::bytea is null or hash = %(hash)s)
order by made_at, id
