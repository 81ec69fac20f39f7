-- What became of the forecasts: their scores by day, floods, the watch over their skill, models compared, releases planned.
-- depends: 0008.expected_levels

-- Every forecast ever issued is kept: one that is made again for the same times does not erase the first.
create table forecast_superseded (
    id bigint generated always as identity primary key,
    station text not null references station (id) on delete cascade,
    issued_at timestamptz not null,
    valid_at timestamptz not null,
    forecast jsonb not null,                     -- the whole row as it was
    superseded_at timestamptz not null default now()
);
create index on forecast_superseded (station, issued_at);

create function keep_superseded_forecast() returns trigger language plpgsql as $$
begin
    insert into forecast_superseded (station, issued_at, valid_at, forecast)
    values (old.station, old.issued_at, old.valid_at, to_jsonb(old));
    return new;
end;
$$;

create trigger keep_superseded before update on forecast for each row
when (old.quantiles_m is distinct from new.quantiles_m or old.version is distinct from new.version)
execute function keep_superseded_forecast();

-- Forecasts of one gauge and lead that came due on one day in Huế, as sums from which every score of any span follows.
create table forecast_score (
    station text not null references station (id) on delete cascade,
    day date not null,
    lead_h double precision not null,
    tally jsonb not null,
    scored_at timestamptz not null,
    primary key (station, day, lead_h)
);

-- Floods: level 0 is the peak, by lead; 1-3 the rise over an alarm level, with the lead time that was won (lead_h 0).
create table flood_score (
    station text not null references station (id) on delete cascade,
    level integer not null,
    at timestamptz not null,
    lead_h double precision not null,
    figures jsonb not null,
    scored_at timestamptz not null,
    primary key (station, level, at, lead_h)
);

-- What the daily watch says of each gauge and lead, and since when (the gauge's own clock).
create table skill_watch (
    station text not null references station (id) on delete cascade,
    lead_h double precision not null,
    state text not null,                         -- good, no_better, too_narrow, too_wide, unknown
    since timestamptz not null,
    figures jsonb not null,
    primary key (station, lead_h)
);

create table model_comparison (
    id bigint generated always as identity primary key,
    station text not null references station (id) on delete cascade,
    at timestamptz not null,                     -- on the gauge's clock
    incumbent text not null,
    challenger text not null,
    adopted boolean not null,
    reason text not null,
    figures jsonb not null,
    decided_at timestamptz not null default now()
);
create index on model_comparison (station, at);

-- Releases as planned and as they were: where they differ by more than 20 %, forecasts downstream are not scored.
create table release_plan (
    reservoir text not null references station (id) on delete cascade,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    planned_m3s double precision not null,
    actual_m3s double precision,                 -- none: the mean of the reservoir's own readings of its outflow
    primary key (reservoir, starts_at),
    check (ends_at > starts_at)
);
