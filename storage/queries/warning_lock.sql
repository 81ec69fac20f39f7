select 1 from public_warning where identifier = %s for update
