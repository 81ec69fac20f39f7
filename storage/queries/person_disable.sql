update person set disabled_at = %(at)s where name = %(name)s returning name
