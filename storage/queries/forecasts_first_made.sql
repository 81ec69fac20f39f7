-- As forecasts_between.sql, each forecast as it was made first, by known_at at the latest: what was then said, whatever it was replaced by.
select distinct on (issued_at, valid_at)
    station, issued_at, valid_at, quantiles_m, model, version, inputs, expected_m, beyond_experience, assumption
from (
    select station, issued_at, valid_at, quantiles_m, model, version, inputs, expected_m, beyond_experience, assumption, made_at
    from forecast
    where station = %(station)s and issued_at between %(start)s and %(end)s
    union all
    select was.station, was.issued_at, was.valid_at, was.quantiles_m, was.model, was.version, was.inputs,
        was.expected_m, coalesce(was.beyond_experience, false), coalesce(was.assumption, ''), was.made_at
    from forecast_superseded s
    cross join lateral jsonb_populate_record(null::forecast, s.forecast) as was
    where s.station = %(station)s and s.issued_at between %(start)s and %(end)s
) as ever
where made_at <= %(known_at)s
order by issued_at, valid_at, made_at
