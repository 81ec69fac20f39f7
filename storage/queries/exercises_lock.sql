-- Two drills that are ordered in the same moment see each other.
select pg_advisory_xact_lock(hashtextextended('ews exercises', 0))
