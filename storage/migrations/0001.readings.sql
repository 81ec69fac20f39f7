-- Stations, series, readings and what could not be read.
-- depends:

create table station (
    id text primary key,
    name_vi text not null,
    name_en text not null,
    kind text not null,
    lat double precision not null,
    lon double precision not null,
    simulated boolean not null,
    verified boolean not null,
    adopted boolean not null default false,
    clock text not null default 'live',          -- 'live' or the name of a replayed or simulated record
    configuration jsonb not null,                -- the whole of domain.stations.Station
    updated_at timestamptz not null default now()
);

create table series (
    id integer generated always as identity primary key,
    station text not null references station (id) on delete cascade,
    quantity text not null,
    unit text not null,
    cadence interval not null,
    unique (station, quantity)
);

create table reading (
    series_id integer not null,
    observed_at timestamptz not null,
    received_at timestamptz not null,
    value double precision not null,
    flag smallint not null,
    seq bigint,
    status text,
    battery_v real,
    primary key (series_id, observed_at)
);

-- Earlier values of a key whose device later sent a different one. The newest stands in reading.
create table reading_revision (
    series_id integer not null,
    observed_at timestamptz not null,
    received_at timestamptz not null,
    value double precision not null,
    flag smallint not null,
    seq bigint,
    replaced_at timestamptz not null default now(),
    primary key (series_id, observed_at, received_at, value)
);

-- What one quality test found, only where it did not pass. Rows are added, never changed.
create table quality_evidence (
    series_id integer not null,
    observed_at timestamptz not null,
    test text not null,
    flag smallint not null,
    judged_at timestamptz not null default now(),
    primary key (series_id, observed_at, test)
);

-- The newest reading of each series, kept in the transaction that stores it: the map asks for all stations at once.
create table series_latest (
    series_id integer primary key references series (id) on delete cascade,
    observed_at timestamptz not null,
    received_at timestamptz not null,
    value double precision not null,
    flag smallint not null,
    battery_v real
);

create table rejected (
    id bigint generated always as identity primary key,
    received_at timestamptz not null,
    topic text not null,
    reason text not null,                        -- short stable word: unknown_station, not_json, …
    detail text not null,
    payload bytea not null,                      -- cut at 8,192 bytes
    payload_bytes integer not null,              -- length before the cut
    replayed_at timestamptz
);
create index on rejected (received_at);
create index on rejected (reason, received_at);

-- received = stored + duplicates + revisions + rejected, per worker and hour, counted in readings (a message that cannot
-- be read at all counts as one).
create table ingest_account (
    source text not null,
    hour timestamptz not null,
    received bigint not null default 0,
    stored bigint not null default 0,
    duplicates bigint not null default 0,
    revisions bigint not null default 0,
    rejected bigint not null default 0,
    primary key (source, hour)
);

create table station_status (                    -- the retained ews/v1/<station>/status topic
    station text primary key references station (id) on delete cascade,
    status text not null,
    changed_at timestamptz not null
);

do $$
begin
    if exists (select 1 from pg_available_extensions where name = 'timescaledb') then
        create extension if not exists timescaledb;
        perform create_hypertable('reading', 'observed_at', chunk_time_interval => interval '7 days');
    end if;
end
$$;

create view v_reading as
select s.station, s.quantity, r.observed_at, r.received_at, r.value, s.unit, r.flag
from reading r
join series s on s.id = r.series_id;

create view v_rejected as
select topic, received_at, reason, payload from rejected;
