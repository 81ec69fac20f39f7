update person set role = %(role)s where name = %(name)s returning name
