select 1 from public_warning where alert = any(%s::text[]) and state in ('draft', 'issued') order by identifier for update
