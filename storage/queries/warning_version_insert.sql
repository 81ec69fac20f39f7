insert into public_warning_version (warning, number, step, at, person, content)
select *
from json_to_recordset(%(rows)s::json) as r (
    warning text, number integer, step text, at timestamptz, person text, content jsonb
)
on conflict (warning, number) do nothing
