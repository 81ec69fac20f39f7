-- Evidence that is added later, and what waits at the door of ingest.
-- depends: 0003.station_clocks

-- Evidence is about one value: a revision is judged anew, and a test may say worse of a value when more is known.
alter table quality_evidence add column value double precision;
update quality_evidence e set value = r.value
from reading r
where r.series_id = e.series_id and r.observed_at = e.observed_at;
delete from quality_evidence where value is null;
alter table quality_evidence alter column value set not null;
alter table quality_evidence drop constraint quality_evidence_pkey;
alter table quality_evidence add primary key (series_id, observed_at, test, flag, value);
create index on quality_evidence (judged_at);

-- Messages that a worker has taken from the broker and not committed yet, as it last said.
create table ingest_waiting (
    source text primary key,
    messages bigint not null,
    at timestamptz not null
);
