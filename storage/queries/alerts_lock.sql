select a.identifier, (select coalesce(max(v.number), 0) from alert_version v where v.alert = a.identifier)
from alert a
where a.identifier = any(%s::text[])
order by a.identifier
for update of a
