-- What may be sent now becomes `sending`, under the claim of this process, before it is sent.
-- In a lane (alert, recipient, lane) a later version waits for an earlier one, except one that already failed over
-- another channel. Rows of one basin, or all of a recipient, form one message where the channel groups; a
-- group that still grows is waited for. What may have arrived goes again as the message it was, under its key: what is new
-- would be dropped with it by a provider that drops repeats.
-- The identifiers travel as arrays: joined again by their columns, a storm's rows would be compared each with each.
with eligible as (
    select d.id, d.recipient, d.channel, d.lane, d.origin, d.urgent, d.due_at, d.created_at, d.attempts,
        coalesce(c.quota, 100) as quota, coalesce(c.room, 100) as room,
        c.grouping in ('basin', 'all') as grouped,
        case c.grouping when 'basin' then d.basin when 'all' then '' else d.id::text end as part,
        case when c.grouping = 'basin' and d.may_repeat then d.message end as again
    from delivery d
    left join unnest(%(channels)s::text[], %(quotas)s::integer[], %(rooms)s::integer[], %(groupings)s::text[])
        as c (channel, quota, room, grouping) on c.channel = d.channel
    where d.state = 'waiting' and d.due_at <= %(now)s and coalesce(c.quota, 100) > 0
        and (c.channel is not null or %(others)s and not d.channel = any(%(known)s::text[]))
        and not (d.recipient || '/' || d.person || '/' || d.channel = any(%(closed)s::text[]))
        and (d.version = 1 or not exists (  -- nothing is earlier than a first version: most of a storm is not looked up
            select from delivery earlier
            where earlier.alert = d.alert and earlier.recipient = d.recipient and earlier.lane = d.lane
                and earlier.version < d.version
                and (earlier.state = 'sending'
                    or earlier.state = 'waiting' and (earlier.channel = d.channel or earlier.attempts = 0))
        ))
    order by d.urgent desc, d.due_at, d.id
    limit %(scan)s
), message as (
    select recipient, channel, bool_or(urgent) as urgent, min(due_at) as due_at, min(id) as first,
        max(quota) as quota, max(room) as room, array_agg(id) as ids
    from eligible
    group by recipient, channel, lane, origin <> '', part, again  -- who is asked in the stead of many is asked once
    having bool_or(grouped) is not true or max(attempts) > 0
        or max(created_at) <= clock_timestamp() - case when max(origin) <> '' then %(stead_gap)s else %(gap)s end::interval
        or min(created_at) <= clock_timestamp() - %(longest)s::interval
), ranked as (
    select first, ids, quota, room,
        row_number() over (partition by channel order by urgent desc, due_at, first) as of_channel,
        row_number() over (partition by channel, recipient order by urgent desc, due_at, first) as of_receiver
    from message
), taken as materialized (
    select unnest(ids) as id, first from ranked where of_channel <= quota and of_receiver <= room
)
update delivery d
set state = 'sending', attempts = d.attempts + 1, claim = %(claim)s, at = %(now)s, message = 'm' || taken.first
from taken
where d.id = taken.id and d.state = 'waiting'
returning d.id, d.alert, d.version, d.recipient, d.person, d.channel, d.lane, d.rung, d.round, d.origin, d.language,
    d.urgent, d.basin, d.state, d.attempts, d.may_repeat, d.message, d.due_at, d.at, d.created_at, d.sent_at,
    d.escalate_at, d.error
