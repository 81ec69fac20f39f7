select station, issued_at, valid_at, quantiles_m, model, version, inputs,
    expected_m, beyond_experience, assumption, made_at
from forecast
where station = %(station)s and issued_at between %(first_issue)s and %(end)s
    and valid_at > %(start)s and valid_at <= %(end)s
order by issued_at, valid_at
