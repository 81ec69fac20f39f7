copy rejected (received_at, topic, reason, detail, payload, payload_bytes) from stdin (format binary)
