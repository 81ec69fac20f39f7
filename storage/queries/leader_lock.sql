-- Session locks stack: only take it when this session does not hold it.
select case
    when exists (
        select from pg_locks
        where locktype = 'advisory' and pid = pg_backend_pid() and granted
            and classid = (%(lock)s::bigint >> 32)::oid and objid = (%(lock)s::bigint & 4294967295)::oid
    ) then true
    else pg_try_advisory_lock(%(lock)s::bigint)
end
