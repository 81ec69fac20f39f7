-- Of each sort in a basin two are enough to know whether another than a given one burns; a storm has thousands.
select basin, identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise
from (
    select s.configuration ->> 'basin' as basin, a.*,
        row_number() over (partition by s.configuration ->> 'basin', a.event, a.severity order by a.identifier) as place
    from alert a
    join station s on s.id = a.station
    where a.state = 'active' and not a.exercise and a.event = any(%s::text[]) and a.severity = any(%s::text[])
        and s.configuration ->> 'basin' is not null
) sort
where place <= 2
