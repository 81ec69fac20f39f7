-- What had been made by known_at: of the forecasts for one pair of times the one made last, superseded since or not.
select distinct on (issued_at, valid_at)
    station, issued_at, valid_at, made_at, model, version, beyond_experience, assumption, expected_m, quantiles_m
from (
    select station, issued_at, valid_at, made_at, model, version, beyond_experience, assumption, expected_m, quantiles_m
    from forecast
    where station = %(station)s and issued_at >= %(start)s and issued_at < %(end)s
    union all
    select was.station, was.issued_at, was.valid_at, was.made_at, was.model, was.version,
        coalesce(was.beyond_experience, false), coalesce(was.assumption, ''), was.expected_m, was.quantiles_m
    from forecast_superseded s
    cross join lateral jsonb_populate_record(null::forecast, s.forecast) as was
    where s.station = %(station)s and s.issued_at >= %(start)s and s.issued_at < %(end)s
) as ever
where made_at <= %(known_at)s and (issued_at, valid_at) > (%(after_issued_at)s, %(after_valid_at)s)
order by issued_at, valid_at, made_at desc
limit %(limit)s
