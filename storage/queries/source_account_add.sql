insert into source_account as a (source, worker, hour, received, stored, duplicates, revisions, rejected)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (source, worker, hour) do update set
    received = a.received + excluded.received,
    stored = a.stored + excluded.stored,
    duplicates = a.duplicates + excluded.duplicates,
    revisions = a.revisions + excluded.revisions,
    rejected = a.rejected + excluded.rejected
