select f.station, f.issued_at, f.valid_at, f.quantiles_m, f.model, f.version, f.inputs,
    f.expected_m, f.beyond_experience, f.assumption
from unnest(%(stations)s::text[], %(issues)s::timestamptz[]) as wanted (station, issued_at)
join forecast f on f.station = wanted.station and f.issued_at = wanted.issued_at
order by f.station, f.valid_at
