delete from ingest_session where client_id = %s
