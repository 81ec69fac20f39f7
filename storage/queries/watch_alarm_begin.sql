insert into watch_alarm (subject, since, found) values (%(subject)s, %(since)s, %(found)s)
on conflict (subject) where until is null do update set found = excluded.found
