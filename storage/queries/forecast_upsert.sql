-- The same forecast made again was known since it was made first.
insert into forecast (
    station, issued_at, valid_at, quantiles_m, model, version, inputs, expected_m, beyond_experience, assumption, made_at
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (station, issued_at, valid_at) do update set
    quantiles_m = excluded.quantiles_m, model = excluded.model, version = excluded.version,
    inputs = excluded.inputs, expected_m = excluded.expected_m, beyond_experience = excluded.beyond_experience,
    assumption = excluded.assumption,
    made_at = case when (forecast.quantiles_m, forecast.version) is distinct from (excluded.quantiles_m, excluded.version)
        then excluded.made_at else forecast.made_at end
