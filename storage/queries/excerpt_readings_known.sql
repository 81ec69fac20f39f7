-- As excerpt_readings.sql, with what stood for each time at known_at: of the values received by then, the one that came last.
select string_agg(timestamptz_send(observed_at), ''::bytea), string_agg(timestamptz_send(received_at), ''::bytea),
    string_agg(float8send(value), ''::bytea), string_agg(int2send(flag), ''::bytea)
from (
    select observed_at, received_at, value, flag
    from (
        select distinct on (observed_at) observed_at, received_at, value, flag
        from (
            select observed_at, received_at, value, flag, 'infinity'::timestamptz as replaced_at
            from reading
            where series_id = %(series)s and observed_at >= %(start)s and observed_at < %(end)s
            union all
            select observed_at, received_at, value, flag, replaced_at
            from reading_revision
            where series_id = %(series)s and observed_at >= %(start)s and observed_at < %(end)s
        ) as ever
        where received_at <= %(known_at)s
        order by observed_at, received_at desc, replaced_at desc
    ) as shown
    order by observed_at
    limit %(limit)s
) as page
