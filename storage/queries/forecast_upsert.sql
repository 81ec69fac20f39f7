insert into forecast (
    station, issued_at, valid_at, quantiles_m, model, version, inputs, expected_m, beyond_experience, assumption, made_at
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (station, issued_at, valid_at) do update set
    quantiles_m = excluded.quantiles_m, model = excluded.model, version = excluded.version,
    inputs = excluded.inputs, expected_m = excluded.expected_m, beyond_experience = excluded.beyond_experience,
    assumption = excluded.assumption, made_at = excluded.made_at
