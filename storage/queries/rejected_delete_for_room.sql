-- The oldest of one worth (0: read again since; 1: kept cut, so that it never can be; 2: the others), no more than needed.
with candidate as (
    select id, octet_length(payload) + octet_length(topic) + octet_length(detail) + %(row_bytes)s as bytes
    from rejected
    where case when replayed_at is not null then 0 when payload_bytes > octet_length(payload) then 1 else 2 end = %(worth)s
    order by id
    limit %(limit)s
), running as (
    select id, bytes, sum(bytes) over (order by id) - bytes as freed_before from candidate
), deleted as (
    delete from rejected
    using running
    where rejected.id = running.id and running.freed_before < %(excess)s
    returning rejected.reason, rejected.replayed_at, running.bytes
)
select reason, replayed_at is null, count(*), sum(bytes) from deleted group by 1, 2
