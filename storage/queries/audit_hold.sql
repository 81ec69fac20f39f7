-- The lock of audit_chain(), taken beforehand: one writer at a time until its commit.
select pg_advisory_xact_lock(7306922487519999332)
