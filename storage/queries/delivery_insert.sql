insert into delivery (alert, version, recipient, channel, language, due_at, at)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (alert, version, recipient, channel) do nothing
