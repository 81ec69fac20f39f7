-- CAP messages as they were issued; an audit that can only grow and shows any change of what it holds.
-- depends: 0004.later_evidence

create function append_only() returns trigger language plpgsql as $$
begin
    raise exception '% only grows: % is refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end
$$;

create table cap_message (
    identifier text primary key,
    sender text not null,
    sent timestamptz not null,
    status text not null,
    msg_type text not null,
    scope text not null,
    referenced text[] not null,                  -- identifiers of the earlier messages that it replaces or ends
    alert text not null,                         -- the warning it speaks of; one warning has one chain of messages
    expires timestamptz,
    xml bytea not null                           -- exactly as issued: its signature covers these bytes
);
create index on cap_message (alert, sent);
create index on cap_message (expires) where status = 'Actual' and scope = 'Public';
create index on cap_message using gin (referenced);

create trigger cap_message_grows before update or delete on cap_message
    for each statement execute function append_only();
create trigger cap_message_stays before truncate on cap_message
    for each statement execute function append_only();
alter table cap_message enable always trigger cap_message_grows;
alter table cap_message enable always trigger cap_message_stays;

-- Each row carries the SHA-256 of the hash before it and of its own content, which is the text of the JSON array
-- [number, id, at, actor, action, subject, detail] as PostgreSQL writes jsonb: keys in a fixed order, one space after : and ,
alter table audit add column number bigint, add column previous bytea, add column hash bytea;

create function audit_chain() returns trigger language plpgsql as $$
declare
    before_number bigint;
    before_hash bytea;
begin
    -- One writer at a time until its commit, so that nobody links to a row that may still be rolled back.
    perform pg_advisory_xact_lock(7306922487519999332);
    select a.number, a.hash into before_number, before_hash from audit a order by a.number desc limit 1;
    new.number := coalesce(before_number, 0) + 1;
    new.previous := coalesce(before_hash, decode(repeat('00', 32), 'hex'));
    new.hash := sha256(new.previous || convert_to(
        jsonb_build_array(new.number, new.id, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            new.actor, new.action, new.subject, new.detail)::text, 'UTF8'));
    return new;
end
$$;

do $$
declare
    entry record;
    counted bigint := 0;
    link bytea := decode(repeat('00', 32), 'hex');
    own bytea;
begin
    for entry in select * from audit order by id loop
        counted := counted + 1;
        own := sha256(link || convert_to(
            jsonb_build_array(counted, entry.id, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                entry.actor, entry.action, entry.subject, entry.detail)::text, 'UTF8'));
        update audit set number = counted, previous = link, hash = own where id = entry.id;
        link := own;
    end loop;
end
$$;

alter table audit
    alter column number set not null,
    alter column previous set not null,
    alter column hash set not null;
-- A transaction that saw an old end of the chain cannot make a second branch.
create unique index audit_number on audit (number);
create index on audit (subject, number);
create index on audit (at);

create trigger audit_chained before insert on audit for each row execute function audit_chain();
create trigger audit_grows before update or delete on audit for each statement execute function append_only();
create trigger audit_stays before truncate on audit for each statement execute function append_only();
alter table audit enable always trigger audit_chained;
alter table audit enable always trigger audit_grows;
alter table audit enable always trigger audit_stays;

-- What was sent to whom, and what did not arrive, is a deed too: written down by the table itself, whoever settles the row.
create function audit_delivery() returns trigger language plpgsql as $$
begin
    insert into audit (actor, action, subject, detail)
    select 'delivery', case after_it.state when 'failed' then 'not_sent' else after_it.state end, after_it.alert,
        jsonb_strip_nulls(jsonb_build_object('version', after_it.version, 'recipient', after_it.recipient,
            'person', nullif(to_jsonb(after_it) ->> 'person', ''), 'channel', after_it.channel,
            'attempts', after_it.attempts, 'error', case after_it.state when 'failed' then after_it.error end))
    from after_it join before_it on before_it.id = after_it.id
    where after_it.state <> before_it.state and after_it.state in ('sent', 'failed', 'overtaken')
    order by after_it.id;
    return null;
end
$$;
create trigger delivery_audited after update on delivery
    referencing old table as before_it new table as after_it
    for each statement execute function audit_delivery();
