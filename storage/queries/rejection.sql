select id, received_at, topic, reason, detail, payload, payload_bytes, replayed_at
from rejected
where id = %s
