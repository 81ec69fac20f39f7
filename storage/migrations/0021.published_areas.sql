-- The areas whose retained warnings are ours: a broker may keep those of another system beside them, and nobody takes those back.
-- depends: 0020.exercises_in_views

create table published_area (
    area text primary key    -- the GSO code of a ward or commune, or 'city'
);

-- What was published before this list was kept: the areas of which anybody was told.
insert into published_area (area)
select 'city' where exists (select from delivery where state = 'sent')
union
select place.area
from delivery d
join alert a on a.identifier = d.alert
join station s on s.id = a.station
cross join lateral (
    select s.configuration ->> 'ward'
    union all
    select * from jsonb_array_elements_text(coalesce(s.configuration -> 'covers', '[]'))
) place (area)
where d.state = 'sent' and place.area is not null;
