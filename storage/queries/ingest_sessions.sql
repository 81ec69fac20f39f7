select client_id, topics from ingest_session order by client_id
