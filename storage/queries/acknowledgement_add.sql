insert into acknowledgement (alert, version, recipient, person, at, how, origin)
values (%(alert)s, %(version)s, %(recipient)s, %(person)s, %(at)s, %(how)s, %(origin)s)
on conflict (alert, version, recipient, person, origin) do nothing
returning true
