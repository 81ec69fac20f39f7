update siren_order
set stopped_at = %(at)s, stopped_by = %(by)s
where stopped_at is null and expires_at > %(at)s and (%(siren)s::text is null or siren = %(siren)s)
returning id, siren
