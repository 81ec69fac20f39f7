-- What partners took of the open data, by the hour; a closed hour moves into the audit as one row for each of them.
-- depends: 0011.people

create table open_data_taken (
    actor text not null,
    hour timestamptz not null,
    what text not null,                          -- observations, forecasts, latest …
    station text not null,                       -- '': many at once
    requests bigint not null,
    rows bigint not null,
    primary key (actor, hour, what, station)
);
create index on open_data_taken (hour);
