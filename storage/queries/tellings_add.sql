insert into alert_telling (alert, version, told, reason, detail)
select *
from json_to_recordset(%(rows)s::json) as r (alert text, version integer, told boolean, reason text, detail text)
on conflict do nothing
