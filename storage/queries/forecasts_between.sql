select station, issued_at, valid_at, quantiles_m, model, version, inputs,
    expected_m, beyond_experience, assumption
from forecast
where station = %s and issued_at between %s and %s
order by issued_at, valid_at
