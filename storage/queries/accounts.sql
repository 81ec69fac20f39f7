select source, hour, received, stored, duplicates, revisions, rejected
from ingest_account
where (%(source)s::text is null or source = %(source)s)
    and (%(since)s::timestamptz is null or hour >= date_trunc('hour', %(since)s::timestamptz))
    and (%(until)s::timestamptz is null or hour < %(until)s)
    and (not %(breached)s or received <> stored + duplicates + revisions + rejected)
order by hour, source
