select station, issued_at, valid_at, quantiles_m, model, version, inputs,
    expected_m, beyond_experience, assumption
from forecast
where station = %(station)s and issued_at = (select max(issued_at) from forecast where station = %(station)s)
order by valid_at
