-- A page in four pieces, a column each, big-endian; times as microseconds since 2000. Fetching row by row costs more than all the
-- rest of an answer.
select string_agg(timestamptz_send(observed_at), ''::bytea), string_agg(timestamptz_send(received_at), ''::bytea),
    string_agg(float8send(value), ''::bytea), string_agg(int2send(flag), ''::bytea)
from (
    select observed_at, received_at, value, flag
    from reading
    where series_id = %(series)s and observed_at >= %(start)s and observed_at < %(end)s
    order by observed_at
    limit %(limit)s
) as page
