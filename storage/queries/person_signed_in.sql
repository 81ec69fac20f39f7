update person set signed_in_at = %(at)s where name = %(name)s
