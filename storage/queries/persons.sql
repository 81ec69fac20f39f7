select name, shown, role, password_hash, must_change, oidc, disabled_at, made_at, signed_in_at
from person
where (%(name)s::text is null or name = %(name)s)
  and (%(oidc)s::text is null or oidc = %(oidc)s)
order by name
