-- Held by the session until it ends.
select pg_try_advisory_lock(%(lock)s::bigint)
