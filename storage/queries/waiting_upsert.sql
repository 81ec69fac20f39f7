insert into ingest_waiting (source, messages, at, by_source)
values (%(source)s, %(messages)s, %(at)s, %(by_source)s)
on conflict (source) do update set messages = excluded.messages, at = excluded.at, by_source = excluded.by_source
