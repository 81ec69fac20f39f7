update silence set lifted_at = %(at)s, lifted_by = %(by)s
where id = %(id)s and lifted_at is null and ends_at > %(at)s
