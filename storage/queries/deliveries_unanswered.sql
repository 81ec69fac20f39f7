-- Sent, and nobody answered in time. Not any more: answered, the alert ended, or it has changed. A repetition is no change: the
-- ladder that is being climbed goes on, and begins no further round; the repetition's own is climbed only when no other is. Who
-- confirmed the change has confirmed its repetitions; a correction that nobody was told of, or an order to another to hear of it, asks
-- nothing anew; who confirmed the warning has not confirmed that another does not answer. While an officer's silence covers the alert nobody else is told; when the
-- silence ends it goes on from there.
update delivery d
set escalate_at = null
from (
    select w.id,
        exists (
            select from acknowledgement a
            where a.alert = w.alert and a.version >= (
                    select max(v.number) from alert_version v
                    where v.alert = w.alert and v.number <= w.version and v.reason <> 'repeated'
                        and (v.reason <> 'escalated' or v.number = w.version)
                        and not exists (
                            select from alert_telling t
                            where t.alert = v.alert and t.version = v.number and t.reason in ('unchanged', 'overtaken')
                        )
                )
                and (a.recipient, a.origin) in ((w.recipient, w.origin), (coalesce(nullif(w.origin, ''), w.recipient), ''))
        )
        or exists (select from alert where identifier = w.alert and ended_at is not null)
        or exists (
            select from delivery later
            join alert_version v on v.alert = later.alert and v.number = later.version
            where later.alert = w.alert and later.recipient = w.recipient and later.origin = w.origin
                and later.version > w.version and left(later.lane, 1) <> '#' and v.reason <> 'repeated'
        )
        or exists (select from alert_version v where v.alert = w.alert and v.number = w.version and v.reason = 'repeated')
            and exists (
                select from delivery earlier
                where earlier.alert = w.alert and earlier.recipient = w.recipient and earlier.origin = w.origin
                    and earlier.version < w.version and left(earlier.lane, 1) <> '#'
                    and (earlier.escalate_at is not null or earlier.state in ('waiting', 'sending'))
            ) as over,
        exists (
            select from delivery later
            where later.alert = w.alert and later.recipient = w.recipient and later.origin = w.origin
                and later.version > w.version and left(later.lane, 1) <> '#'
        ) as repeated
    from delivery w
    where w.escalate_at <= %(now)s
        and not exists (
            select from silence s
            join alert a on a.identifier = w.alert
            join alert_version v on v.alert = w.alert and v.number = w.version
            where s.lifted_at is null and s.starts_at <= %(now)s and s.ends_at > %(now)s
                and coalesce(s.station, a.station) = a.station
                and coalesce(s.basin, w.basin) = w.basin
                and coalesce(s.event, a.event) = a.event
                and array_position(%(ranks)s::text[], v.severity) <= array_position(%(ranks)s::text[], s.severity)
        )
    order by w.escalate_at, w.id
    limit 1000
    for update skip locked
) as waiting
where d.id = waiting.id
returning waiting.over, waiting.repeated, d.id, d.alert, d.version, d.recipient, d.person, d.channel, d.lane, d.rung, d.round, d.origin,
    d.language, d.urgent, d.basin, d.state, d.attempts, d.may_repeat, d.message, d.due_at, d.at, d.created_at, d.sent_at,
    d.escalate_at, d.error
