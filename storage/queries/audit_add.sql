insert into audit (actor, action, subject, detail) values (%s, %s, %s, %s)
