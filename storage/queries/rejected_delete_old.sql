with deleted as (
    delete from rejected
    where id in (select id from rejected where received_at < %(before)s order by received_at limit %(limit)s)
    returning reason, replayed_at,
        octet_length(payload) + octet_length(topic) + octet_length(detail) + %(row_bytes)s as bytes
)
select reason, replayed_at is null, count(*), sum(bytes) from deleted group by 1, 2
