-- Of each sort in a basin two are enough to know whether another than a given one burns: a storm has thousands, and two are soon found.
-- Where a station lies is looked up alert by alert, so that the search can end; one that lies in no basin is asked for by its id.
select asked.basin, found.*
from unnest(%(basins)s::text[]) as asked (basin)
cross join unnest(%(events)s::text[]) as told (event)
cross join unnest(%(severities)s::text[]) as grave (severity)
cross join lateral (
    select a.identifier, a.station, a.event, a.state, a.severity, a.level, a.phase, a.raised_at, a.ended_at, a.exercise
    from alert a
    cross join lateral (
        select coalesce(s.configuration ->> 'basin', s.id) as basin from station s where s.id = a.station offset 0
    ) lies
    where a.state = 'active' and not a.exercise and a.event = told.event and a.severity = grave.severity
        and not a.identifier = any(%(besides)s::text[]) and lies.basin = asked.basin
    limit 2
) found
