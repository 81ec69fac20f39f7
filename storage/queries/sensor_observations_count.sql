select count(*)
from reading r
where r.series_id = any({series}) and {condition}
