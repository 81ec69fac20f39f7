-- What the rows hold, not what the table occupies: room that deleted rows have left counts as free.
select count(*), count(*) filter (where replayed_at is null),
    coalesce(sum(octet_length(payload) + octet_length(topic) + octet_length(detail) + %(row_bytes)s), 0)
from rejected
