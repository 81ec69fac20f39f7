insert into public_warning (identifier, alert, state, exercise) values (%s, %s, %s, %s)
on conflict (identifier) do update set state = excluded.state
