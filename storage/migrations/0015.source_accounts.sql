-- What came from each configured source and what became of it, and what of each source waits at a worker's door.
-- depends: 0014.exercises_by_statement

-- received = stored + duplicates + revisions + rejected, like ingest_account, which counts by worker alone.
create table source_account (
    source text not null,                        -- name in sources.toml, or native
    worker text not null,
    hour timestamptz not null,
    received bigint not null default 0,
    stored bigint not null default 0,
    duplicates bigint not null default 0,
    revisions bigint not null default 0,
    rejected bigint not null default 0,
    primary key (source, worker, hour)
);
create index on source_account (hour);

alter table ingest_waiting add column by_source jsonb not null default '{}';   -- {source: messages}, every source at work
