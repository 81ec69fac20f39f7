insert into delivery (alert, version, recipient, person, channel, lane, rung, round, origin, language, urgent, basin,
                      deferred, due_at, at)
values (%(alert)s, %(version)s, %(recipient)s, %(person)s, %(channel)s, %(lane)s, %(rung)s, %(round)s, %(origin)s,
        %(language)s, %(urgent)s, %(basin)s, %(deferred)s, %(due_at)s, %(at)s)
on conflict (alert, version, recipient, person, channel, round, origin) do nothing
