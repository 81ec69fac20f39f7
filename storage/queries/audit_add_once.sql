insert into audit (actor, action, subject, detail)
select %(actor)s, %(action)s, %(subject)s, %(detail)s::jsonb
where not exists (
    select from audit
    where subject = %(subject)s and actor = %(actor)s and action = %(action)s and detail = %(detail)s::jsonb
)
