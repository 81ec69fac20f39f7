-- Forecasts, alerts, deliveries, audit and the record of jobs.
-- depends: 0001.readings

create table forecast (
    station text not null references station (id) on delete cascade,
    issued_at timestamptz not null,              -- event time of the newest reading used
    valid_at timestamptz not null,
    quantiles_m double precision[] not null,     -- at 0.05, 0.10 … 0.95
    model text not null,
    version text not null,
    inputs text not null,
    made_at timestamptz not null,                -- when we knew
    primary key (station, issued_at, valid_at)
);

create table alert (
    identifier text primary key,
    station text not null references station (id),
    event text not null,
    state text not null,
    severity text not null,
    level integer not null,
    phase text not null,
    raised_at timestamptz not null,
    ended_at timestamptz
);
-- One active alert a station and event.
create unique index alert_active on alert (station, event) where state = 'active';
create index on alert (raised_at);

create table alert_version (
    alert text not null references alert (identifier) on delete cascade,
    number integer not null,
    reason text not null,
    at timestamptz not null,
    decided_at timestamptz not null,
    level integer not null,
    severity text not null,
    phase text not null,
    value double precision,
    threshold double precision,
    detail jsonb not null default '{}',
    primary key (alert, number)
);
create index on alert_version (decided_at);

-- A delivery is one alert version to one recipient over one channel. Due rows are walked by the delivery job.
create table delivery (
    id bigint generated always as identity primary key,
    alert text not null references alert (identifier) on delete cascade,
    version integer not null,
    recipient text not null,
    channel text not null,
    language text not null,
    state text not null default 'waiting',       -- waiting, sent, failed
    attempts integer not null default 0,
    due_at timestamptz not null,
    at timestamptz not null,                     -- last change of state
    error text,
    unique (alert, version, recipient, channel)
);
create index on delivery (due_at) where state = 'waiting';

create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    subject text not null,
    detail jsonb not null default '{}'
);

create table job_run (
    job text primary key,
    last_started_at timestamptz,
    last_success_at timestamptz,
    last_error text,
    every interval not null
);

create view v_forecast as
select f.station, f.issued_at, f.valid_at, q.quantile, q.value, f.model
from forecast f
cross join lateral (
    select round((k * 0.05)::numeric, 2)::double precision as quantile, f.quantiles_m[k] as value
    from generate_subscripts(f.quantiles_m, 1) as k
) q;

create view v_alert as
select identifier, station, event, severity, state, raised_at, ended_at from alert;

create view v_delivery as
select alert, recipient, channel, state, at from delivery;
