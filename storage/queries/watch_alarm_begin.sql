-- One that is open gets the new words; one that ended and goes on after all (the same beginning) is open again.
with open as (
    update watch_alarm set found = %(found)s where subject = %(subject)s and until is null
    returning subject
), again as (
    update watch_alarm set found = %(found)s, until = null
    where subject = %(subject)s and since = %(since)s and until is not null and not exists (select from open)
    returning subject
)
insert into watch_alarm (subject, since, found)
select %(subject)s, %(since)s, %(found)s
where not exists (select from open) and not exists (select from again)
