-- A page in one piece: 26 bytes a row, big-endian. Fetching row by row costs more than all the rest of an answer.
select string_agg(int8send((extract(epoch from observed_at) * 1000000)::bigint)
    || int8send((extract(epoch from received_at) * 1000000)::bigint) || float8send(value) || int2send(flag), ''::bytea)
from (
    select observed_at, received_at, value, flag
    from reading
    where series_id = %(series)s and observed_at >= %(start)s and observed_at < %(end)s
    order by observed_at
    limit %(limit)s
) as page
