insert into siren_blast (siren_order, number, at) values (%(order)s, %(number)s, %(at)s)
