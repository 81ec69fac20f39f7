update siren_blast
set acknowledged_at = %(at)s, answer = %(answer)s
where siren_order = %(order)s and number = %(number)s and acknowledged_at is null
returning true
