-- A chain is of one warning, also when the sender was renamed while it ran.
select identifier, sender, sent, status, msg_type, scope, referenced, alert, expires, xml
from cap_message m
where status = 'Actual' and scope = 'Public' and msg_type in ('Alert', 'Update')
  and expires > %(now)s and sent <= %(now)s
  and not exists (
      select from cap_message later
      where later.referenced @> array[m.identifier] and (later.sender = m.sender or later.alert = m.alert)
        and later.status = 'Actual' and later.msg_type in ('Update', 'Cancel') and later.sent <= %(now)s
  )
order by sent desc, identifier
