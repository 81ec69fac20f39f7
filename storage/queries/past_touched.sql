-- In one order for all, so that they cannot deadlock.
update series_latest
set touched = touched + 1
from (select series_id from series_latest where series_id = any(%s::integer[]) order by series_id for update) as held
where series_latest.series_id = held.series_id
