with wanted as (
    select unnest(%s::text[]) as name
), removed as (
    delete from exercise_channel e where e.name not in (select name from wanted)
)
insert into exercise_channel select name from wanted on conflict do nothing
