-- Inserts what has no row yet and returns the places of what has one. Ordered, so that two workers cannot deadlock.
with stored as (
    insert into reading (series_id, observed_at, received_at, value, flag, seq, status, battery_v)
    select series_id, observed_at, received_at, value, flag, seq, status, battery_v
    from pg_temp.incoming
    order by series_id, observed_at
    on conflict do nothing
    returning series_id, observed_at
)
select incoming.place
from pg_temp.incoming
left join stored on stored.series_id = incoming.series_id and stored.observed_at = incoming.observed_at
where stored.series_id is null
