-- Alerts that changed and whose draft for the public was not written yet: a mark is stored with the alert and goes with the draft.
-- depends: 0015.source_accounts

create table draft_due (
    id bigint generated always as identity primary key,   -- in this order; an alert may stand here more than once
    alert text not null
);
