-- Which sessions of ingest the broker keeps, and what they subscribe to: one that nobody serves any more would queue for ever.
-- depends: 0009.verification

create table ingest_session (
    client_id text primary key,
    topics text[] not null,                      -- every topic filter that the broker may still have for it
    seen_at timestamptz not null default now()
);
