select id, received_at, topic, reason, detail, payload, payload_bytes, replayed_at
from rejected
where (%(reason)s::text is null or reason = %(reason)s)
    and (%(topic)s::text is null or topic ~ %(topic)s)
    and (%(since)s::timestamptz is null or received_at >= %(since)s)
    and (%(until)s::timestamptz is null or received_at < %(until)s)
    and (%(replayed)s::boolean is null or (replayed_at is not null) = %(replayed)s)
    and id > %(after_id)s
order by id
limit %(limit)s
