insert into acknowledgement (alert, version, recipient, person, at, how)
values (%(alert)s, %(version)s, %(recipient)s, %(person)s, %(at)s, %(how)s)
on conflict (alert, version, recipient, person) do nothing
returning true
