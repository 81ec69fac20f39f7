select reason, count(*) from rejected
where %(since)s::timestamptz is null or received_at >= %(since)s
group by reason
order by count(*) desc, reason
