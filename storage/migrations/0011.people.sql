-- Who may sign in and as what; what a browser or a partner's program shows to be known again. Secrets are stored as hashes alone.
-- depends: 0010.ingest_sessions

create table person (
    name text primary key check (name ~ '^[a-z][a-z0-9_.-]{1,63}$'),
    shown text not null,                         -- as colleagues call them
    role text not null check (role in ('viewer', 'committee', 'officer', 'administrator')),
    password_hash text,                          -- argon2id; null: no password opens
    must_change boolean not null default false,  -- the password was given by somebody else
    oidc text unique,                            -- what the identity provider calls them
    disabled_at timestamptz,
    made_at timestamptz not null default now(),
    signed_in_at timestamptz
);

create table sign_in_session (
    hash bytea primary key,                      -- SHA-256 of what the cookie holds
    number bigint generated always as identity unique,
    person text not null references person on delete cascade,
    how text not null check (how in ('password', 'code', 'oidc')),
    made_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    address text not null,
    agent text not null
);
create index on sign_in_session (person);

create table sign_in_code (
    hash bytea primary key,                      -- SHA-256 of the code; it opens once
    person text not null references person on delete cascade,
    expires_at timestamptz not null
);

create table api_token (
    id text primary key,                         -- the part that is no secret
    hash bytea not null unique,
    holder text not null,
    scopes text[] not null check (cardinality(scopes) > 0),
    stations text[],                             -- null: every station
    made_at timestamptz not null default now(),
    made_by text not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    used_at timestamptz
);
