-- The newest issue of each station that had been made by known_at. One that was made again later stands as it first was.
with ever as (
    select f.station, f.issued_at, f.valid_at, f.quantiles_m, f.model, f.version, f.inputs,
        f.expected_m, f.beyond_experience, f.assumption, f.made_at
    from station
    cross join lateral (
        select issued_at from forecast
        where forecast.station = station.id and made_at <= %(known_at)s
        order by made_at desc limit 1
    ) as newest
    join forecast f on f.station = station.id and f.issued_at = newest.issued_at and f.made_at <= %(known_at)s
    union all
    select old.station, old.issued_at, old.valid_at, old.quantiles_m, old.model, old.version, old.inputs,
        old.expected_m, old.beyond_experience, old.assumption, old.made_at
    from forecast_superseded s
    cross join lateral jsonb_populate_record(null::forecast, s.forecast) as old
    where s.superseded_at > %(known_at)s and old.made_at <= %(known_at)s
)
select distinct on (station, valid_at)
    station, issued_at, valid_at, quantiles_m, model, version, inputs, expected_m, beyond_experience, assumption
from (select ever.*, max(issued_at) over (partition by station) as newest_at from ever) as issued
where issued_at = newest_at
order by station, valid_at, made_at desc
