insert into draft_due (alert) select * from json_array_elements_text(%(alerts)s::json)
