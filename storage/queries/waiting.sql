select source, messages, at, by_source from ingest_waiting order by source
