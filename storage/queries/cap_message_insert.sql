insert into cap_message (identifier, sender, sent, status, msg_type, scope, referenced, alert, expires, xml)
values (%(identifier)s, %(sender)s, %(sent)s, %(status)s, %(msg_type)s, %(scope)s, %(referenced)s, %(alert)s, %(expires)s,
    %(xml)s)
on conflict (identifier) do nothing
returning identifier
