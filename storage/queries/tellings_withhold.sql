-- What a graver alert speaks for from now on and nobody has been sent yet is taken back: messages of all of a version's receivers or none.
-- Copies are records and stay. Rows that are being claimed at this moment are sent.
with held as materialized (
    select d.id, d.alert, d.version
    from delivery d
    join alert a on a.identifier = d.alert
    join alert_version v on v.alert = d.alert and v.number = d.version
    where d.state = 'waiting' and d.attempts = 0 and left(d.lane, 1) <> '#' and d.urgent = any(%(urgent)s::boolean[])
        and d.basin = any(%(basins)s::text[]) and a.event = any(%(events)s::text[]) and not a.exercise
        and not a.identifier = any(%(speaking)s::text[])
        and v.severity = any(%(severities)s::text[]) and v.level > 0 and v.reason <> 'escalated'
    for update of d skip locked
), whole as (
    select h.alert, h.version
    from held h
    group by h.alert, h.version
    having count(*) = (
        select count(*) from delivery d where d.alert = h.alert and d.version = h.version and left(d.lane, 1) <> '#'
    )
), withheld as (
    update delivery d
    set state = 'overtaken', at = %(now)s
    from held h
    join whole w on w.alert = h.alert and w.version = h.version
    where d.id = h.id
)
update alert_telling t
set told = false, reason = 'inhibited', detail = %(name)s
from whole w
where t.alert = w.alert and t.version = w.version and t.told
returning t.alert, t.version
