-- Runs of consecutive sequence numbers on one day, in the order of observation: one row a day where nothing is missing.
-- Values that were revised later count too, and the last number before the time asked for is where the first run follows on.
with wanted as (
    select id, station, quantity from series where %(station)s::text is null or station = %(station)s
), numbered as (
    select r.series_id, r.observed_at, r.seq
    from reading r
    join wanted on wanted.id = r.series_id
    where r.observed_at >= %(start)s and r.observed_at < %(end)s and r.seq is not null
    union
    select v.series_id, v.observed_at, v.seq
    from reading_revision v
    join wanted on wanted.id = v.series_id
    where v.observed_at >= %(start)s and v.observed_at < %(end)s and v.seq is not null
    union
    select wanted.id, newest.observed_at, newest.seq
    from wanted
    cross join lateral (
        select r.observed_at, r.seq
        from reading r
        where r.series_id = wanted.id and r.observed_at < %(start)s and r.observed_at >= %(earliest)s and r.seq is not null
        order by r.observed_at desc
        limit 1
    ) as newest
), dated as (
    select series_id, observed_at, seq,
        case when observed_at >= %(start)s then (observed_at at time zone %(offset)s::interval)::date end as day
    from numbered
), stepped as (
    select *,
        case when seq - lag(seq) over ordered in (0, 1) and day = lag(day) over ordered then 0 else 1 end as begins
    from dated
    window ordered as (partition by series_id order by observed_at, seq)
), run as (
    select *, sum(begins) over (partition by series_id order by observed_at, seq rows unbounded preceding) as number
    from stepped
)
select wanted.station, wanted.quantity, run.day, min(run.seq), max(run.seq), count(*) - (max(run.seq) - min(run.seq) + 1)
from run
join wanted on wanted.id = run.series_id
group by wanted.station, wanted.quantity, run.number, run.day
order by wanted.station, wanted.quantity, run.number
limit %(limit)s
