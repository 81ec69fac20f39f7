insert into public_warning (identifier, alert, state, exercise)
select * from json_to_recordset(%(rows)s::json) as r (identifier text, alert text, state text, exercise boolean)
on conflict (identifier) do update set state = excluded.state
