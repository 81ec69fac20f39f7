insert into rejected (received_at, topic, reason, detail, payload, payload_bytes)
values (%s, %s, %s, %s, %s, %s)
