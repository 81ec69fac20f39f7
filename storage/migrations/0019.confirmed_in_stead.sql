-- Who confirmed a warning has not confirmed that somebody else does not answer: each of the two is confirmed for itself.
-- depends: 0018.past_touched

alter table acknowledgement
    add column origin text not null default '',             -- in whose stead it was asked; '' is the warning itself
    drop constraint acknowledgement_pkey,
    add primary key (alert, version, recipient, person, origin);
