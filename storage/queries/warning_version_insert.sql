insert into public_warning_version (warning, number, step, at, person, content) values (%s, %s, %s, %s, %s, %s)
on conflict (warning, number) do nothing
