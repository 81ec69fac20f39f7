delete from sign_in_session
where (%(number)s::bigint is not null and number = %(number)s)
   or (%(person)s::text is not null and person = %(person)s and number is distinct from %(but)s::bigint)
returning number, person
