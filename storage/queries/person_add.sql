insert into person (name, shown, role, password_hash, must_change, oidc)
values (%(name)s, %(shown)s, %(role)s, %(password_hash)s, %(must_change)s, %(oidc)s)
on conflict do nothing
returning name
