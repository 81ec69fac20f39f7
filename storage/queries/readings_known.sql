-- What stood for each time at known_at: of the values received by then, the one that came last.
select (extract(epoch from observed_at) * 1000000)::bigint, value, flag,
       (extract(epoch from received_at) * 1000000)::bigint
from (
    select distinct on (observed_at) observed_at, received_at, value, flag
    from (
        select observed_at, received_at, value, flag, 'infinity'::timestamptz as replaced_at
        from reading
        where series_id = (select id from series where station = %(station)s and quantity = %(quantity)s)
            and observed_at between %(start)s and %(end)s
        union all
        select observed_at, received_at, value, flag, replaced_at
        from reading_revision
        where series_id = (select id from series where station = %(station)s and quantity = %(quantity)s)
            and observed_at between %(start)s and %(end)s
    ) as ever
    where received_at <= %(known_at)s
    order by observed_at, received_at desc, replaced_at desc
) as shown
order by observed_at
