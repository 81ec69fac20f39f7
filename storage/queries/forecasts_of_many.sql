select f.station, f.issued_at, f.valid_at, f.quantiles_m, f.model, f.version, f.inputs,
    f.expected_m, f.beyond_experience, f.assumption
from json_to_recordset(%(wanted)s::json) as wanted (station text, start_at timestamptz)
join forecast f on f.station = wanted.station and f.issued_at between wanted.start_at and %(end)s
order by f.station, f.issued_at, f.valid_at
