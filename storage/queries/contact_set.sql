insert into contact (recipient, person, channel, address, secret)
values (%(recipient)s, %(person)s, %(channel)s, %(address)s, %(secret)s)
on conflict (recipient, person, channel) do update
set address = excluded.address, secret = coalesce(excluded.secret, contact.secret), updated_at = now()
