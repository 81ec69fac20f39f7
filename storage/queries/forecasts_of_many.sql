select f.station, f.issued_at, f.valid_at, f.quantiles_m, f.model, f.version, f.inputs,
    f.expected_m, f.beyond_experience, f.assumption
from unnest(%(stations)s::text[], %(starts)s::timestamptz[]) as wanted (station, start_at)
join forecast f on f.station = wanted.station and f.issued_at between wanted.start_at and %(end)s
order by f.station, f.issued_at, f.valid_at
