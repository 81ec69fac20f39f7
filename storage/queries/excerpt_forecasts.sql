select station, issued_at, valid_at, made_at, model, version, beyond_experience, assumption, expected_m, quantiles_m
from forecast
where station = %(station)s and issued_at >= %(start)s and issued_at < %(end)s
    and (issued_at, valid_at) > (%(after_issued_at)s, %(after_valid_at)s)
order by issued_at, valid_at
limit %(limit)s
