insert into person (name, shown, role, password_hash, must_change)
select %(name)s, %(shown)s, 'administrator', %(password_hash)s, true
where not exists (select from person)
on conflict do nothing
returning name
