-- As strong as two writers need, and no stronger: a message to be stored refers to its alert, and would wait for a lock `for update`.
select a.identifier, (select coalesce(max(v.number), 0) from alert_version v where v.alert = a.identifier)
from alert a
where a.identifier = any(array(select json_array_elements_text(%s::json)))
order by a.identifier
for no key update of a
