-- Delivery in lanes: claims that survive a crash, rungs, escalation, acknowledgement; contacts, sirens and the watch.
-- depends: 0005.cap_and_audit

-- States: waiting, sending (claimed by a process), sent, failed, overtaken (a later version was told first).
alter table delivery
    add column person text not null default '',             -- the post on the roster; '' is the command itself
    add column lane text not null default '',               -- order is kept within (alert, recipient, lane)
    add column rung integer not null default 0,             -- how far up the recipient's ladder
    add column round integer not null default 0,
    add column origin text not null default '',             -- the recipient who did not answer, when this is an escalation
    add column urgent boolean not null default false,       -- Severe or Extreme
    add column basin text not null default '',
    add column deferred boolean not null default false,     -- held back by quiet hours
    add column may_repeat boolean not null default false,   -- an earlier attempt may have arrived
    add column claim text,                                  -- the process that is sending it
    add column message text,                                -- rows of one message share it
    add column created_at timestamptz not null default clock_timestamp(),
    add column sent_at timestamptz,
    add column escalate_at timestamptz;                     -- when to go on if nobody acknowledged

alter table delivery drop constraint delivery_alert_version_recipient_channel_key;
alter table delivery add unique (alert, version, recipient, person, channel, round, origin);
drop index delivery_due_at_idx;
create index delivery_waiting on delivery (urgent desc, due_at, id) where state = 'waiting';
create index delivery_sending on delivery (claim) where state = 'sending';
create index delivery_unanswered on delivery (escalate_at) where escalate_at is not null;
create index delivery_message on delivery (message) where message is not null;
-- What was there before goes on: every channel was a lane of its own.
update delivery set lane = '#' || channel;

create table acknowledgement (
    alert text not null references alert (identifier) on delete cascade,
    version integer not null,
    recipient text not null,
    person text not null default '',
    at timestamptz not null,
    how text not null,                                      -- link, page, command
    primary key (alert, version, recipient, person)
);

-- Telephone numbers, addresses and secrets: they stand nowhere else. recipient '' is the gateway of a channel.
create table contact (
    recipient text not null,
    person text not null default '',
    channel text not null,
    address text not null,
    secret text,
    updated_at timestamptz not null default now(),
    primary key (recipient, person, channel)
);

create table siren_order (
    id bigint generated always as identity primary key,
    siren text not null,
    signal text not null,
    repeats integer not null,
    ordered_by text not null,
    reason text not null,
    exercise boolean not null,
    ordered_at timestamptz not null,
    expires_at timestamptz not null,
    stopped_at timestamptz,
    stopped_by text
);
create table siren_blast (
    siren_order bigint not null references siren_order (id) on delete cascade,
    number integer not null,
    at timestamptz not null,                                -- written down before it sounds: a crash never adds one
    acknowledged_at timestamptz,
    answer text,
    primary key (siren_order, number)
);

create table watch_alarm (                                  -- what the system noticed about itself
    subject text not null,
    since timestamptz not null,
    until timestamptz,
    found text not null,
    told text not null default '',
    primary key (subject, since)
);
create unique index watch_alarm_open on watch_alarm (subject) where until is null;
