-- The end of the chain is asked for once in a transaction, which holds it from then on: a storm writes thousands of entries.
-- depends: 0016.drafts_due

create or replace function audit_chain() returns trigger language plpgsql as $$
declare
    own text := pg_current_xact_id()::text;
    -- transaction, number and hash of the last row; a savepoint that is rolled back takes its rows and this with it
    before text[] := string_to_array(current_setting('ews.audit_end', true), ' ');
begin
    if before[1] is distinct from own then
        -- One writer at a time until its commit, so that nobody links to a row that may still be rolled back.
        perform pg_advisory_xact_lock(7306922487519999332);
        select array[own, a.number::text, encode(a.hash, 'hex')] into before from audit a order by a.number desc limit 1;
    end if;
    new.number := coalesce(before[2]::bigint, 0) + 1;
    new.previous := decode(coalesce(before[3], repeat('00', 32)), 'hex');
    new.hash := sha256(new.previous || convert_to(
        jsonb_build_array(new.number, new.id, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            new.actor, new.action, new.subject, new.detail)::text, 'UTF8'));
    perform set_config('ews.audit_end', own || ' ' || new.number || ' ' || encode(new.hash, 'hex'), true);
    return new;
end
$$;
