select identifier, sender, sent, status, msg_type, scope, referenced, alert, expires, xml
from cap_message
where alert = %(alert)s
order by sent, identifier
