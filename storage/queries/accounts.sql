select source, hour, received, stored, duplicates, revisions, rejected
from ingest_account
order by hour, source
