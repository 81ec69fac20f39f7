-- An exercise stays inside, whoever writes its rows: asked once a statement where rows are added, for a storm is thousands.
-- depends: 0013.known_then

drop trigger delivery_exercise on delivery;
create trigger delivery_exercise before update of channel, alert on delivery
    for each row execute function exercise_stays_inside();

create function exercises_stay_inside() returns trigger language plpgsql as $$
begin
    delete from delivery d
    using added, alert a
    where a.identifier = added.alert and a.exercise and d.id = added.id
        and not exists (select from exercise_channel e where e.name = added.channel);
    return null;
end
$$;
create trigger delivery_exercises after insert on delivery
    referencing new table as added
    for each statement execute function exercises_stay_inside();
