insert into ingest_waiting (source, messages, at)
values (%(source)s, %(messages)s, %(at)s)
on conflict (source) do update set messages = excluded.messages, at = excluded.at
