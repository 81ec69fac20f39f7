-- How far the clocks of devices are off, as ingest sees it.
-- depends: 0002.forecasts_and_alerts

create table station_clock (
    station text primary key references station (id) on delete cascade,
    skew_s double precision not null,            -- median of arrival - observed_at over the newest live readings
    spread_s double precision not null,          -- median distance from it
    samples integer not null,
    updated_at timestamptz not null
);
