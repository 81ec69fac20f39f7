-- Whether the past of a series is as it was: who remembers its readings need ask for the newer ones only.
-- depends: 0017.audit_end_remembered

alter table series_latest
    add column touched bigint not null default 0,  -- how often something came that was not newer than all before: late, revised, doubted
    add column before_at timestamptz;              -- what stood in observed_at before the last change
