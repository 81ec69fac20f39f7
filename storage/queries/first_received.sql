select min(received_at) from reading
