create temporary table if not exists incoming (
    place integer not null,
    series_id integer not null,
    observed_at timestamptz not null,
    received_at timestamptz not null,
    value double precision not null,
    flag smallint not null,
    seq bigint,
    status text,
    battery_v real
) on commit delete rows
