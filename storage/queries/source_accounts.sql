-- Of all workers together.
select source, hour, sum(received)::bigint, sum(stored)::bigint, sum(duplicates)::bigint, sum(revisions)::bigint,
       sum(rejected)::bigint
from source_account
where hour >= date_trunc('hour', %s::timestamptz)
group by source, hour
order by hour, source
