-- Since a time, how many of each reason, and the newest of each.
select reason, counted.n, newest.received_at, newest.topic, newest.detail
from (select reason, count(*) as n from rejected where received_at >= %(since)s group by reason) as counted
cross join lateral (
    select received_at, topic, detail from rejected
    where rejected.reason = counted.reason
    order by received_at desc, id desc
    limit 1
) as newest
order by counted.n desc, reason
