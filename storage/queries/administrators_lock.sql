select name from person where role = 'administrator' and disabled_at is null order by name for update
