-- The expected level, the mark of a state never seen, and what was supposed of rain to come; and every model that forecast.
-- depends: 0007.rules_and_decisions

alter table forecast
    add column expected_m double precision,                  -- null in forecasts issued before this column was there
    add column beyond_experience boolean not null default false,
    add column assumption text not null default '';

create table model (
    station text not null references station (id) on delete cascade,
    version text not null,
    calibrated_from timestamptz not null,
    calibrated_until timestamptz not null,
    pairs integer not null,                                  -- pairs of issue and outcome at the shortest lead
    families text not null,                                  -- by lead: the first choice, as people read it
    inputs text not null,                                    -- the gauges it looks at
    made_at timestamptz not null,
    primary key (station, version)
);

create or replace view v_forecast as
select f.station, f.issued_at, f.valid_at, q.quantile, q.value, f.model, f.expected_m, f.beyond_experience, f.assumption
from forecast f
cross join lateral (
    select round((k * 0.05)::numeric, 2)::double precision as quantile, f.quantiles_m[k] as value
    from generate_subscripts(f.quantiles_m, 1) as k
) q;
