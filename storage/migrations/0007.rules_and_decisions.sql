-- Versions of the rules, what officers do, why a version was told or not, exercises, and public warnings.
-- depends: 0006.delivery

create table rule_set (                          -- adopted rules; without a row the file rules.toml is in force
    number integer generated always as identity primary key,
    adopted_at timestamptz not null default clock_timestamp(),
    adopted_by text not null,
    reason text not null,
    content text not null,                       -- the whole rules.toml
    difference text not null                     -- unified diff to the one before
);

alter table alert add column exercise boolean not null default false;
drop index alert_active;
-- One active alert a station and event; an exercise runs beside the real one.
create unique index alert_active on alert (station, event, exercise) where state = 'active';
create index alert_ended on alert (ended_at) where ended_at is not null;

create table alert_deed (                        -- what officers did with an alert, in order
    id bigint generated always as identity primary key,
    alert text not null references alert (identifier) on delete cascade,
    version integer not null,                    -- the newest version they saw
    at timestamptz not null default clock_timestamp(),
    person text not null,
    action text not null,                        -- acknowledged, assigned, commented, escalated, ended
    detail jsonb not null default '{}'
);
create index on alert_deed (alert, id);

create table silence (
    id integer generated always as identity primary key,
    made_at timestamptz not null default clock_timestamp(),
    made_by text not null,
    reason text not null,
    station text,                                -- null: every station
    basin text,                                  -- null: every basin
    event text,                                  -- null: every event
    severity text not null,                      -- what is more severe is told all the same
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    lifted_at timestamptz,
    lifted_by text,
    check (ends_at > starts_at)
);
create index on silence (ends_at);

create table alert_telling (                     -- why a version was told, or was not
    alert text not null references alert (identifier) on delete cascade,
    version integer not null,
    told boolean not null,
    reason text not null,
    detail text not null default '',
    primary key (alert, version)
);

-- Channels that an exercise may use. Nothing of an exercise can stand in the outbox for another one, whoever writes it.
create table exercise_channel (name text primary key);
insert into exercise_channel values ('console'), ('file');

create function exercise_stays_inside() returns trigger language plpgsql as $$
begin
    if exists (select 1 from alert a where a.identifier = new.alert and a.exercise)
        and not exists (select 1 from exercise_channel e where e.name = new.channel) then
        return null;
    end if;
    return new;
end
$$;
create trigger delivery_exercise before insert or update of channel, alert on delivery
    for each row execute function exercise_stays_inside();

create table public_warning (
    identifier text primary key,
    alert text not null references alert (identifier),
    state text not null,                         -- draft, issued, cancelled, expired
    exercise boolean not null,
    created_at timestamptz not null default clock_timestamp()
);
-- One warning that lives for each alert.
create unique index public_warning_alive on public_warning (alert) where state in ('draft', 'issued');

create table public_warning_version (            -- rows are added, never changed
    warning text not null references public_warning (identifier) on delete cascade,
    number integer not null,
    step text not null,                          -- prepared, edited, read, approved, issued, updated, cancelled, expired
    at timestamptz not null,
    person text not null,
    content jsonb not null,
    primary key (warning, number)
);
