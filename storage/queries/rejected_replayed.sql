update rejected set replayed_at = %(at)s where id = any(%(ids)s::bigint[])
