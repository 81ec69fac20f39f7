insert into ingest_session (client_id, topics) values (%s, %s)
on conflict (client_id) do update set topics = excluded.topics, seen_at = now()
