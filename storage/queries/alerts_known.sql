-- Alerts of which a version had been decided by then and which had not ended before: more than were active, never fewer.
select identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise
from alert
where exists (select from alert_version v where v.alert = identifier and v.number = 1 and v.decided_at <= %(known_at)s)
    and (state = 'active' or exists (select from alert_version v where v.alert = identifier and v.decided_at > %(known_at)s))
order by raised_at desc, identifier desc
