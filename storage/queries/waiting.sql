select source, messages, at from ingest_waiting order by source
