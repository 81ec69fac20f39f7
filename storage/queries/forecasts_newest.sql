-- When the newest forecast of each station was issued and made.
select station.id, newest.issued_at, newest.made_at
from station
cross join lateral (
    select issued_at, made_at from forecast where forecast.station = station.id order by issued_at desc limit 1
) as newest
